import { expect, test } from 'vitest'
import { Semaphore } from '../../../src/bounded/semaphore.ts'

/** Tasks that end when they are told to. */
function stage(places: number) {
  const semaphore = new Semaphore(places)
  const started: string[] = []
  const tasks = new Map<string, PromiseWithResolvers<string>>()
  function run(name: string): Promise<string> {
    const task = Promise.withResolvers<string>()
    tasks.set(name, task)
    return semaphore.run(() => {
      started.push(name)
      return task.promise
    })
  }
  return { started, run, end: (name: string) => tasks.get(name)?.resolve(`${name} done`), tasks }
}

test('so many run at the same time, the others in the order in which they came', async () => {
  const { started, run, end } = stage(2)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(run)
  expect(started).toEqual(['a', 'b'])
  end('b')
  expect(await b).toBe('b done')
  expect(started).toEqual(['a', 'b', 'c'])
  end('a')
  await a
  expect(started).toEqual(['a', 'b', 'c', 'd'])
  end('c')
  end('d')
  expect(await Promise.all([c, d])).toEqual(['c done', 'd done'])
})

test('a task that fails gives its place back, and its caller hears why', async () => {
  const { started, run, end, tasks } = stage(1)
  const [a, b] = ['a', 'b'].map(run)
  tasks.get('a')?.reject(new Error('no'))
  await expect(a).rejects.toThrow('no')
  end('b')
  await b
  expect(started).toEqual(['a', 'b'])
})

test('who comes while others wait does not get in before them', async () => {
  const { started, run, end } = stage(1)
  const [a, b] = ['a', 'b'].map(run)
  end('a')
  await a
  const c = run('c')
  end('b')
  end('c')
  await Promise.all([b, c])
  expect(started).toEqual(['a', 'b', 'c'])
})
