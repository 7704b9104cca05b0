/** What octet-scan.ts uses of the WebAssembly JavaScript Interface; the libraries of TypeScript have it for browsers only. */
declare namespace WebAssembly {
  class Module {
    constructor(octets: Uint8Array<ArrayBuffer>)
  }
  class Memory {
    readonly buffer: ArrayBuffer
  }
  class Instance {
    constructor(module: Module)
    readonly exports: Readonly<Record<string, Memory | ((...all: number[]) => number) | undefined>>
  }
}
