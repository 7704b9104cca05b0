/**
 * Asks the main thread from another one where it stands, and ends the process from there: by the inspector, without a port. It
 * interrupts JavaScript wherever it is, a loop that never waits included.
 */
import { type Debugger, Session } from 'node:inspector'

/** Frames that are told, the innermost ones. */
const maxFrames = 30

export interface MainThread {
  /** Where it stands, innermost frame first; undefined if it did not answer in time. */
  stack(milliseconds: number): Promise<readonly string[] | undefined>
  /** Ends the process with this status. It does that only if `stack` was answered. */
  exit(status: number): void
}

/** Only for a thread that is not the main thread. */
export function mainThread(): MainThread {
  const session = new Session()
  const files = new Map<string, string>()
  const { promise, resolve } = Promise.withResolvers<readonly Debugger.CallFrame[]>()
  let frameId: string | undefined
  session.on('Debugger.scriptParsed', ({ params }) => files.set(params.scriptId, params.url))
  session.on('Debugger.paused', ({ params }) => {
    frameId = params.callFrames[0]?.callFrameId
    resolve(params.callFrames)
  })
  return {
    async stack(milliseconds) {
      session.connectToMainThread()
      session.post('Debugger.enable')
      session.post('Debugger.pause')
      const timer = Promise.withResolvers<undefined>()
      const timeout = setTimeout(() => timer.resolve(undefined), milliseconds)
      const frames = await Promise.race([promise, timer.promise])
      clearTimeout(timeout)
      return frames?.slice(0, maxFrames).map(frame => frameText(frame, files))
    },
    exit(status) {
      if (frameId === undefined) return
      const expression = `globalThis.process.exit(${status})`
      session.post('Debugger.evaluateOnCallFrame', { callFrameId: frameId, expression })
    },
  }
}

/** As a line of `Error.stack`: places are counted from 1. */
function frameText(
  { functionName, location }: Debugger.CallFrame,
  files: ReadonlyMap<string, string>,
): string {
  const name = functionName === '' ? '<anonymous>' : functionName
  const file = files.get(location.scriptId) ?? '<unknown>'
  return `${name} (${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1})`
}
