import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, type Connection, type Part } from '@leat/connector-kit'
import { ingest } from '../src/index.ts'
import type { SourceNode } from '../src/ports.ts'
import { EngineFlow, ids, orders, upTo } from './engine-fixture.ts'

/** A source of one unit whose pages come from a function. */
function pagesFrom(read: (from: number, signal: AbortSignal) => AsyncIterable<Part>): SourceNode {
  const connection: Connection = {
    check: async () => undefined,
    source: () => ({
      async *units() {},
      read: (_unit, { checkpoint, signal }) =>
        read(Number((checkpoint as { page?: number } | null)?.page ?? 0), signal),
      async [Symbol.asyncDispose]() {},
    }),
    async [Symbol.asyncDispose]() {},
  }
  return { id: 1, name: 'pages', type: 'test', options: {}, connect: async () => connection }
}

function page(number: number, last = false): Part {
  const body = Buffer.from(orders(number * 10, 10))
  return {
    kind: 'object',
    origin: `page ${number}`,
    size: body.length,
    format: 'ndjson',
    async *open() {
      yield body
    },
    checkpoint: { page: number + 1 },
    ...(last ? { verdict: { outcome: 'complete', received: 30, expected: 30, reason: 'ok' } as const } : {}),
  }
}

const unit = { key: 'pages', version: null, bytes: 0, payload: {} }

test('PROMISE-PAGE-RESUMES: pages before a failure are committed, and the next try goes on after them', async () => {
  await using flow = await EngineFlow.create()
  const asked: number[] = []
  let broken = true
  const source = pagesFrom(async function* (from) {
    for (let number = from; number < 3; number++) {
      asked.push(number)
      if (number === 2 && broken) throw new Fault({ kind: 'transient', code: 'test.away', message: 'away' })
      yield page(number, number === 2)
    }
  })
  const run = (checkpoint: unknown) =>
    ingest(
      { source, runId: 1, units: [{ id: 5, epoch: 1, unit, checkpoint: checkpoint as never }] },
      flow.ports,
      new AbortController().signal,
    )
  await assert.rejects(run(null), { code: 'test.away' })
  assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), upTo(20))
  broken = false
  asked.length = 0
  await run(flow.ledger.checkpoints.get(5)!.checkpoint)
  assert.deepEqual(asked, [2])
  assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), upTo(30))
})

test('pages of a slow source are committed while it goes on', async () => {
  await using flow = await EngineFlow.create()
  const committed = Promise.withResolvers<void>()
  const source = pagesFrom(async function* (from) {
    if (from === 0) yield page(0)
    yield page(1)
    await committed.promise // the third page comes only when the first is in
    yield page(2, true)
  })
  const ledger = Object.create(flow.ledger) as typeof flow.ledger
  ledger.commitIngest = async (commit) => {
    const done = await flow.ledger.commitIngest(commit)
    committed.resolve()
    return done
  }
  await ingest(
    { source, runId: 1, units: [{ id: 6, epoch: 1, unit, checkpoint: null }] },
    { ...flow.ports, ledger },
    new AbortController().signal,
    { bytes: 128 << 20, sampleBytes: 1 << 20, ms: 50 },
  )
  assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), upTo(30))
})
