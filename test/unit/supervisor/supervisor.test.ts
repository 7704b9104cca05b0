import { expect, test } from 'vitest'
import { type ProcessEvents, Supervisor } from '../../../src/supervisor/supervisor.ts'
import { RecordingLog } from '../../support/recording-log.ts'

/** A supervisor of processes that do what they are told, and time that passes when it is told. */
function supervised(processes: number) {
  const live = new Map<number, ProcessEvents>()
  const started: number[] = []
  const signals: string[] = []
  const told: string[] = []
  const waits: { readonly milliseconds: number; readonly act: () => void }[] = []
  const time = { now: 0 }
  const supervisor = new Supervisor({
    processes,
    log: new RecordingLog(),
    clock: () => time.now,
    spawn(place, events) {
      started.push(place)
      live.set(place, events)
      return { pid: 100 + place, signal: name => void signals.push(`${name} ${place}`) }
    },
    after: (milliseconds, act) => void waits.push({ milliseconds, act }),
    onServing: text => void told.push(text),
  })
  const end = (place: number, status: number | null, signal: string | null = null) =>
    live.get(place)?.onEnded({ status, signal })
  const serve = (place: number) => live.get(place)?.onStarted(`text of ${place}`)
  const ended = supervisor.run()
  return { supervisor, ended, started, signals, told, waits, time, end, serve }
}

test('the first starts alone, the others when it serves, and people are told once', () => {
  const { started, serve, told } = supervised(3)
  expect(started).toEqual([0])
  serve(0)
  expect(started).toEqual([0, 1, 2])
  serve(1)
  expect(told).toEqual(['text of 0'])
})

test('one that ends is started again, after a wait that doubles while it ends soon', () => {
  const { serve, end, waits, started, time } = supervised(2)
  serve(0)
  for (let ends = 0; ends < 12; ends++) {
    end(1, null, 'SIGKILL')
    waits.at(-1)?.act()
  }
  expect(waits.map(({ milliseconds }) => milliseconds)).toEqual([
    100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000,
  ])
  expect(started.filter(place => place === 1)).toHaveLength(13)
  // One that has served is missed.
  waits.length = 0
  serve(1)
  end(1, null, 'SIGKILL')
  expect(waits.at(-1)?.milliseconds).toBe(1_000)
  waits.at(-1)?.act()
  time.now = 60_000
  end(1, null, 'SIGKILL')
  expect(waits.at(-1)?.milliseconds).toBe(100)
})

test('signals go to all; a stop ends when the last has ended, and starts none again', async () => {
  const { supervisor, ended, serve, end, signals, waits, started } = supervised(2)
  serve(0)
  supervisor.pass('SIGHUP')
  end(1, 1)
  supervisor.stop('SIGTERM')
  end(0, 0)
  waits.at(-1)?.act()
  expect(signals).toEqual(['SIGHUP 0', 'SIGHUP 1', 'SIGTERM 0'])
  expect(started).toEqual([0, 1])
  expect(await ended).toBe(0)
})

test('when the first cannot start, all ends with its status', async () => {
  const { ended, end, started } = supervised(4)
  end(0, 2)
  expect(await ended).toBe(2)
  expect(started).toEqual([0])
})
