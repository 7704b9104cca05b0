/**
 * Follows packaging/Containerfile as an engine for containers does, in a root that stands in for its base image: every instruction is carried
 * out or noted, and one that is not known here is an error.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Image {
  readonly root: string
  readonly base: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  readonly workdir: string
  readonly volumes: readonly string[]
  readonly ports: readonly string[]
  readonly stopSignal: string
  /** What `podman run IMAGE` starts; words behind it stand in for `command`. */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
}

type Changing = { -readonly [Name in keyof Image]: Image[Name] }
type Instruction = (value: string, image: Changing, context: string) => Promise<void> | void

const instructions: Readonly<Record<string, Instruction>> = {
  FROM: (value, image) => {
    image.base = value
  },
  COPY: (value, { root }, context) => {
    const [pattern = '', to = '', ...more] = value.split(/\s+/)
    const [file, another] = globSync(pattern, { cwd: context })
    if (file === undefined || another !== undefined || more.length > 0)
      throw new Error(`COPY ${value}: expected one file, found ${[file, another].join(' ')}`)
    copyFileSync(join(context, file), join(root, to))
  },
  RUN: (value, image) => shell(value, image),
  ENV: (value, image) => {
    const [, name = '', text = ''] = /^(\w+)=(.*)$/.exec(value) ?? []
    image.env = { ...image.env, [name]: text }
  },
  USER: (value, image) => {
    image.user = value
  },
  WORKDIR: (value, image) => {
    image.workdir = value
  },
  VOLUME: (value, image) => {
    image.volumes = [...image.volumes, ...value.split(/\s+/)]
  },
  EXPOSE: (value, image) => {
    image.ports = value.split(/\s+/)
  },
  STOPSIGNAL: (value, image) => {
    image.stopSignal = value
  },
  HEALTHCHECK: (value, image) => {
    image.healthcheck = words(/ CMD (.*)$/.exec(value)?.[1])
  },
  ENTRYPOINT: (value, image) => {
    image.entrypoint = words(value)
  },
  CMD: (value, image) => {
    image.command = words(value)
  },
}

function words(text = ''): readonly string[] {
  const value: unknown = JSON.parse(text)
  if (Array.isArray(value) && value.every(word => typeof word === 'string')) return value
  throw new Error(`${text}: expected a JSON array of words, so that no shell stands before the program`)
}

/** @param context folder that COPY copies from @param root of the base image; it becomes that of the image */
export async function buildImage(file: string, context: string, root: string): Promise<Image> {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const image: Changing = {
    root,
    base: '',
    env: { PATH: path },
    user: 'root',
    workdir: '/',
    volumes: [],
    ports: [],
    stopSignal: 'SIGTERM',
    entrypoint: [],
    command: [],
    healthcheck: [],
  }
  const text = readFileSync(file, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
  for (const line of text.split('\n').filter(one => one.trim() !== '')) {
    const [, name = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    const follow = instructions[name]
    if (follow === undefined) throw new Error(`${file}: not known here: ${line}`)
    await follow(value, image, context)
  }
  return image
}

/** As the user of the moment, in processes and a network of its own. */
async function shell(line: string, { root, env, user, workdir }: Image): Promise<void> {
  const mounts = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev"'
  const inside = `${mounts} && exec chroot "$0" setpriv --reuid="$1" --regid="$1" --init-groups sh -c "cd '$2' && $3"`
  await run('unshare', ['-mnpf', '--kill-child', 'sh', '-c', inside, root, user, workdir, line], {
    env: { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/** For container.sh: what the image says, as variables of a shell. */
export function shellVariables(image: Image): Record<string, string> {
  const { root, env, user, workdir, volumes, ports, stopSignal, entrypoint, command, healthcheck } = image
  const lines = { volumes, ports, entrypoint, command, healthcheck }
  return {
    root,
    user,
    workdir,
    stopSignal: stopSignal.replace(/^SIG/, ''),
    environment: Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    ...Object.fromEntries(Object.entries(lines).map(([name, values]) => [name, values.join('\n')])),
  }
}
