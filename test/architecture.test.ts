/**
 * The rules of the layout (src/README.md): imports only inwards, never sideways between stages; a pure core; SQL in one
 * place; no file that nobody can hold in their head.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const sourceRoot = join(root, 'src')

/** The stages in the order in which a message meets them. */
const stages = [
  'receive',
  'admit',
  'filter',
  'expand',
  'lists',
  'revise',
  'sign',
  'queue',
  'discover',
  'deliver',
  'bounce',
  'lists',
  'tls-report',
  'dmarc-report',
  'hoplog',
]
/** What stages stand on, innermost first; a layer imports only layers before it. */
const layers = [
  'bounded',
  'files',
  'report-file',
  'message',
  'smtp',
  'dkim2',
  'dkim',
  'dns',
  'dmarc',
  'tls',
  'record',
  'store',
  'log',
  'accounts',
]
const allowedAmongLayers: Readonly<Record<string, readonly string[]>> = {
  bounded: [],
  files: [],
  'report-file': [],
  message: [],
  smtp: ['message'],
  dkim2: ['message', 'bounded'],
  dkim: ['message', 'dkim2'],
  dns: ['bounded'],
  dmarc: ['message', 'dns'],
  tls: [],
  record: ['message', 'smtp', 'dkim2', 'dmarc'],
  store: ['message', 'smtp', 'record'],
  log: ['message'],
  accounts: ['message', 'bounded'],
}

interface Import {
  readonly file: string
  readonly folder: string
  readonly target: string
  readonly targetFolder: string
  readonly isTypeOnly: boolean
}

const files = globSync('src/**/*.ts', { cwd: root }).map(path => path.replaceAll('\\', '/'))
const sourceOf = new Map(files.map(file => [file, readFileSync(join(root, file), 'utf8')]))
const imports = files.flatMap(importsOf)

function folderOf(path: string): string {
  const [first = '', ...rest] = relative(sourceRoot, join(root, path)).replaceAll('\\', '/').split('/')
  return rest.length === 0 ? '.' : first
}

function importsOf(file: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm
  return [...(sourceOf.get(file) ?? '').matchAll(pattern)].map(match => {
    const specifier = match[2] ?? match[3] ?? ''
    const target = specifier.startsWith('.')
      ? relative(root, resolve(root, dirname(file), specifier))
      : specifier
    return {
      file,
      folder: folderOf(file),
      target: target.replaceAll('\\', '/'),
      targetFolder: specifier.startsWith('.') ? folderOf(target) : '',
      isTypeOnly: match[1] !== undefined,
    }
  })
}

function offending(isWrong: (one: Import) => boolean): string[] {
  return imports.filter(isWrong).map(one => `${one.file} imports ${one.target}`)
}

describe('imports point inwards', () => {
  test('the layers below the stages import only what their place allows', () => {
    const wrong = offending(
      one =>
        layers.includes(one.folder) &&
        one.targetFolder !== '' &&
        one.targetFolder !== one.folder &&
        !(allowedAmongLayers[one.folder] ?? []).includes(one.targetFolder),
    )
    expect(wrong).toEqual([])
  })

  test('a stage imports no other stage at run time; types come only from stages before it', () => {
    const wrong = offending(one => {
      if (!stages.includes(one.folder) || !stages.includes(one.targetFolder)) return false
      if (one.folder === one.targetFolder) return false
      return !one.isTypeOnly || stages.indexOf(one.targetFolder) > stages.indexOf(one.folder)
    })
    expect(wrong).toEqual([])
  })

  test('nothing below the wiring imports the wiring, the command line or the pages', () => {
    const outer = ['.', 'service', 'cli', 'http', 'config']
    const wrong = offending(
      one =>
        [...stages, ...layers, 'reflect'].includes(one.folder) &&
        outer.includes(one.targetFolder) &&
        !['src/config/fields.ts'].includes(one.target) &&
        !/^src\/limits(-[a-z]+)?\.ts$/.test(one.target),
    )
    expect(wrong).toEqual([])
  })
})

describe('no circles', () => {
  test('no files import each other in a circle, imports of types and re-exports included', () => {
    expect(circles(graphOf(imports))).toEqual([])
  })

  test('the search finds circles of any length, files that import themselves, and nothing else', () => {
    const graph = new Map([
      ['a', ['b', 'e']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', ['e']],
      ['e', ['e']],
      ['f', ['d', 'nowhere']],
    ])
    expect(circles(graph)).toEqual([['a', 'b', 'c'], ['e']])
  })
})

describe('the core is pure', () => {
  test('message/, dkim2/, record/ and lint/ import of Node only buffers, streams of octets and cryptography', () => {
    const allowed = ['node:buffer', 'node:crypto', 'node:stream', '@noble/ed25519', 'mailsplit']
    const wrong = offending(
      one =>
        ['message', 'dkim2', 'record', 'lint'].includes(one.folder) &&
        one.targetFolder === '' &&
        !allowed.includes(one.target),
    )
    expect(wrong).toEqual([])
  })

  test('no clock and no randomness below the wiring', () => {
    const pattern = /Date\.now\(|Math\.random\(|randomUUID\(|randomBytes\(|new Date\(\)/
    const wrong = files.filter(
      file =>
        [...stages, ...layers, 'reflect'].includes(folderOf(file)) &&
        pattern.test(withoutComments(sourceOf.get(file) ?? '')),
    )
    expect(wrong).toEqual([])
  })
})

/** PostgreSQL does what SQLite does, by the same statements. */
const engines = ['src/store/sqlite/', 'src/store/postgres/']

test('what keeps the data is chosen in one place: nobody else knows of store/sqlite/ and store/postgres/', () => {
  const choosing = ['src/store/open-store.ts', 'src/store/copy-store.ts', 'src/store/settings.ts']
  const isInside = (file: string) => engines.some(engine => file.startsWith(engine))
  const wrong = offending(one => isInside(one.target) && !isInside(one.file) && !choosing.includes(one.file))
  expect(wrong).toEqual([])
  expect(
    offending(
      one => one.file.startsWith('src/store/sqlite/') && one.target.startsWith('src/store/postgres/'),
    ),
  ).toEqual([])
})

test('SQL stands only in store/sqlite/, store/postgres/ and migrations/', () => {
  const pattern = /['"`]\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\s/
  const wrong = files.filter(
    file =>
      !engines.some(engine => file.startsWith(engine)) &&
      pattern.test(withoutComments(sourceOf.get(file) ?? '')),
  )
  expect(wrong).toEqual([])
})

test('what is kept of a message has types: nothing recovers them by a cast but the codec of the records', () => {
  const types =
    'Envelope|Peer|AdmissionRecord|BounceRecord|CommandRecord|MessageRecord|HopRecord|SignedHop|KnownDelivery|Notification|RecordedReply|TlsRecord|ChoiceRecord'
  const cast = new RegExp(String.raw`\bas (?:Partial<|Pick<|readonly )*(?:${types})\b`)
  const withoutType = /\b(?:envelope|verdict|peer|hop|notification|tls|choice|reply)\??: (?:object|unknown)\b/
  const wrong = files.filter(file => {
    const source = withoutComments(sourceOf.get(file) ?? '').replace(/^import .*$/gm, '')
    return file !== 'src/record/codec.ts' && (cast.test(source) || withoutType.test(source))
  })
  expect(wrong).toEqual([])
})

describe('what comments cite is there', () => {
  const headings = new Map(
    globSync('docs/design/*.md', { cwd: root }).map(file => [
      file.replaceAll('\\', '/'),
      new Set([...readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.+)$/gm)].map(match => match[1])),
    ]),
  )

  function citationsOf(source: string): { readonly page: string; readonly heading: string | undefined }[] {
    // A citation may be broken at the end of a line of the comment.
    const text = source.replace(/\n\s*(?:\*|\/\/) /g, ' ')
    return [...text.matchAll(/(docs\/design\/[a-z-]+\.md)(?:, "([^"]+)")?/g)].map(match => ({
      page: match[1] ?? '',
      heading: match[2],
    }))
  }

  test('every page and heading of docs/design that is cited exists', () => {
    const wrong = files.flatMap(file =>
      citationsOf(sourceOf.get(file) ?? '')
        .filter(({ page, heading }) => {
          const known = headings.get(page)
          return known === undefined || (heading !== undefined && !known.has(heading))
        })
        .map(({ page, heading }) => `${file} cites ${page} ${heading ?? ''}`),
    )
    expect(wrong).toEqual([])
  })

  test('every page of docs/design but the index and the glossary is cited by the code', () => {
    const cited = new Set(
      files.flatMap(file => citationsOf(sourceOf.get(file) ?? '').map(({ page }) => page)),
    )
    const unread = [...headings.keys()].filter(page => !cited.has(page) && !/README|glossary/.test(page))
    expect(unread).toEqual([])
  })
})

test('every constant that bounds something says why, directly above it or above its group', () => {
  const bound = /^\s*(?:export )?const (?:max|min)[A-Z]\w*\b/
  const ofGroup = /^\s*(?:export )?const \w+ = [^{(]*$/
  const wrong = files.flatMap(file => {
    const lines = (sourceOf.get(file) ?? '').split('\n')
    return lines.flatMap((line, index) => {
      if (!bound.test(line)) return []
      let above = index - 1
      while (ofGroup.test(lines[above] ?? '')) above--
      return /\*\/$|^\s*\/\//.test(lines[above] ?? '') ? [] : [`${file}:${index + 1} ${line.trim()}`]
    })
  })
  expect(wrong).toEqual([])
})

test('no source file is longer than 500 lines', () => {
  const wrong = files.filter(file => (sourceOf.get(file) ?? '').split('\n').length > 500)
  expect(wrong).toEqual([])
})

test('no source file imports more than 20 modules of this project', () => {
  // Those that only re-export are lists.
  const exceptions = ['src/dkim2/index.ts', 'src/library.ts']
  const wrong = files.filter(file => {
    const own = imports.filter(one => one.file === file && one.targetFolder !== '')
    return new Set(own.map(one => one.target)).size > 20 && !exceptions.includes(file)
  })
  expect(wrong).toEqual([])
})

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function graphOf(all: readonly Import[]): Map<string, string[]> {
  const own = all.filter(one => one.targetFolder !== '')
  const targets = Map.groupBy(own, one => one.file)
  return new Map([...targets].map(([file, ones]) => [file, ones.map(one => one.target)]))
}

/** The strongly connected components of more than one file (Tarjan), and files that import themselves; sorted. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const open: string[] = []
  const found: string[][] = []
  function visit(file: string): number {
    const index = order.size
    order.set(file, index)
    open.push(file)
    let low = index
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target))
      else if (open.includes(target)) low = Math.min(low, order.get(target) ?? low)
    }
    if (low === index) {
      const component = open.splice(open.indexOf(file)).toSorted()
      if (component.length > 1 || graph.get(file)?.includes(file)) found.push(component)
    }
    return low
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return found.toSorted()
}
