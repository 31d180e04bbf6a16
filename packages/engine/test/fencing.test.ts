import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import { deliver, derive, ingest, type Ports } from '../src/index.ts'
import { EngineFlow, ids, never, orders, upTo } from './engine-fixture.ts'
import { workInProcess } from './killed-process.ts'

const fenced = (error: unknown): boolean => error instanceof Fault && error.kind === 'fenced'
const options = { data_format: 'json' }

async function flowWithRows(): Promise<EngineFlow> {
  const flow = await EngineFlow.create()
  await flow.put('a.json', orders(0, 10))
  await flow.run()
  return flow
}

/** The ports of a worker that stands still just before it asks the ledger for this; meanwhile `other` happens. */
function interrupted(ports: Ports, call: 'stage' | 'commitDerive' | 'commitIngest', other: () => Promise<void>): Ports {
  const ledger = new Proxy(ports.ledger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        if (name === call) await other()
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
  return { ...ports, ledger }
}

test('PROMISE-FENCED: of two deliveries of one sink the older cannot stage, and every row is there once', async () => {
  await using flow = await flowWithRows()
  const nexset = flow.nexset().head.id
  const older = interrupted(flow.ports, 'stage', () => flow.deliver(nexset, options))
  await assert.rejects(deliver(flow.sink(nexset, options), older, never), fenced)
  assert.deepEqual(ids(await flow.deliveredRecords()), upTo(10))
  await flow.deliver(nexset, options)
  assert.deepEqual(ids(await flow.deliveredRecords()), upTo(10))
  assert.deepEqual(await flow.leftovers(), { staged: {}, blobs: 0 })
})

test('PROMISE-FENCED: of two derivations of one nexset the older cannot commit', async () => {
  await using flow = await flowWithRows()
  const node = { id: flow.ledger.addNexset('child'), name: 'child', parentId: flow.nexset().head.id, transform: null }
  const older = interrupted(flow.ports, 'commitDerive', () => derive(node, flow.ports, never))
  await assert.rejects(derive(node, older, never), fenced)
  assert.deepEqual(ids((await flow.records(node.id)).map(({ record }) => record)), upTo(10))
})

test('PROMISE-FENCED: a worker whose unit was leased again cannot commit what it read', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('a.json', orders(0, 10))
  const units = await flow.lease()
  const takeOver = async (): Promise<void> => {
    const again = units.map((unit) => ({ ...unit, epoch: 2 }))
    for (const unit of again) flow.ledger.unitEpochs.set(unit.id, 2)
    await ingest({ source: flow.source(), runId: 2, units: again }, flow.ports, never)
  }
  const older = interrupted(flow.ports, 'commitIngest', takeOver)
  await assert.rejects(ingest({ source: flow.source(), runId: 1, units }, older, never), fenced)
  assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), upTo(10))
})

const limits = { bytes: 1, sampleBytes: 1 << 16 }

for (const when of ['before', 'after'] as const) {
  test(`PROMISE-INGEST-RESUMES: killed ${when} a commit in the middle of a job, the next worker reads the rest once`, async () => {
    await using begun = await EngineFlow.create()
    for (let file = 0; file < 5; file++) await begun.put(`${file}.json`, orders(file * 2, 2))
    const death = { when, call: 'commitIngest', nth: 3 } as const
    const ended = await workInProcess({ folder: begun.folder, work: 'ingest', nexset: 0, limits, death })
    assert.equal(ended.signal, 'SIGKILL', ended.stderr)
    await using flow = await begun.reopened()
    assert.equal(flow.nexset().segments.length, when === 'before' ? 2 : 3)
    await flow.run({ limits })
    assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), upTo(10))
    assert.deepEqual(flow.counts(), { read: 10, written: 10, filtered: 0, refused: 0 })
  })

  test(`PROMISE-DERIVE-STEPS: killed ${when} a commit, a derived nexset has every record once`, async () => {
    await using begun = await EngineFlow.create()
    for (let file = 0; file < 5; file++) await begun.put(`${file}.json`, orders(file * 2, 2))
    await begun.run({ limits })
    const nexset = begun.nexset().head.id
    const child = begun.ledger.addNexset('child')
    await begun.ledger.claim({ kind: 'data_set', id: child }) // writes the ledger's file with the child in it
    const death = { when, call: 'commitDerive', nth: 2 } as const
    const order = { folder: begun.folder, work: 'derive', nexset, child, stepLimit: 2, death } as const
    const ended = await workInProcess(order)
    assert.equal(ended.signal, 'SIGKILL', ended.stderr)
    await using flow = await begun.reopened()
    assert.equal(flow.nexset(child).segments.length, when === 'before' ? 1 : 2)
    await derive({ id: child, name: 'child', parentId: nexset, transform: null }, flow.ports, never)
    assert.deepEqual(ids((await flow.records(child)).map(({ record }) => record)), upTo(10))
  })
}
