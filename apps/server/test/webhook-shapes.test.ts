import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '../../../tools/testing/until.ts'
import type { ApiClient, HookedSource } from './api-client.ts'
import { OwnServer } from './own-server.ts'
import * as sender from './webhook-sender.ts'

/* Records of several shapes that are posted to one webhook, on a running platform. */

let server: OwnServer
let api: ApiClient

before(async () => {
  server = await OwnServer.start('webhook-shapes')
  api = server.api
})
after(() => server[Symbol.asyncDispose]())

async function post(source: HookedSource, body: object, query = ''): Promise<void> {
  const { status } = await sender.post(source, JSON.stringify(body), { query: sender.withKey(source) + query })
  assert.equal(status, 200)
}

test('PROMISE-WEBHOOK-SHAPES: force_schema_detection gives records of another shape a nexset of their own', async () => {
  const source = await api.webhook('shapes')
  const first = source.data_sets[0]!.id
  await post(source, { order_id: 1, total: 2 })
  await api.rows(first, 1)
  await post(source, { order_id: 2, total: 3 })
  const both = [
    { sensor: 'a', value: 3, unit: 'K' },
    { order_id: 3, total: 4 },
    { sensor: 'b', value: 4, unit: 'K' },
  ]
  await post(source, both, '&force_schema_detection=true')
  const [, second, ...more] = await nexsetsOf(source, 2)
  assert.deepEqual(more, [])
  assert.deepEqual(await columnOf(second!, 'sensor', 2), ['a', 'b'])
  assert.equal(await api.rows(first, 3), 3)
  await post(source, { sensor: 'c', value: 5, unit: 'K' })
  assert.equal(await api.rows(first, 4), 4, 'what comes without it goes into the first nexset')
})

test('PROMISE-WEBHOOK-SHAPES: with schema.detection.once false each record goes into the nexset of its shape, also of those that come at once', async () => {
  const source = await api.webhook('many shapes', { 'schema.detection.once': false })
  const order = (id: number) => ({ order_id: id, total: id / 2 })
  const sensor = (id: number) => ({ sensor: `s${id}`, value: id, unit: 'K' })
  const person = (id: number) => ({ name: `n${id}`, city: 'Basel' })
  const bodies = Array.from({ length: 30 }, (_, id) =>
    id % 3 === 0 ? [order(id), sensor(id)] : id % 3 === 1 ? sensor(id) : [person(id), { ...order(id), note: 'late' }],
  )
  await post(source, order(100))
  await Promise.all(bodies.map((body) => post(source, body)))

  const nexsets = await nexsetsOf(source, 3)
  assert.equal(nexsets.length, 3)
  assert.equal(nexsets[0], source.data_sets[0]!.id, 'the nexset that every answer names has the first shape')
  const kinds = bodies.flat().reduce<Record<string, string[]>>((sums, record) => {
    const [kind, id] = Object.entries(record)[0]!
    return { ...sums, [kind]: [...(sums[kind] ?? []), String(id)] }
  }, {})
  assert.deepEqual(await columnOf(nexsets[0]!, 'order_id', 21), [...kinds['order_id']!, '100'].toSorted())
  const others = await Promise.all(
    nexsets.slice(1).map(async (id) => {
      const detail = await api.call<{ output_schema: { properties: object } }>('GET', `/data_sets/${id}`)
      const kind = 'sensor' in detail.output_schema.properties ? 'sensor' : 'name'
      return [kind, await columnOf(id, kind, kinds[kind]!.length)] as const
    }),
  )
  for (const [kind, ids] of others) assert.deepEqual(ids, kinds[kind]!.toSorted())
  assert.deepEqual(others.map(([kind]) => kind).toSorted(), ['name', 'sensor'])
})

function nexsetsOf(source: HookedSource, count: number): Promise<number[]> {
  return until(async () => {
    const { data_sets: found } = await api.call<HookedSource>('GET', `/data_sources/${source.id}`)
    return found.length >= count && found.map(({ id }) => id)
  })
}

/** Its values in a nexset, in order, once there are as many. */
async function columnOf(nexset: number, column: string, count: number): Promise<string[]> {
  assert.equal(await api.rows(nexset, count), count)
  return (await api.sql(`select ${column} from nexset_${nexset}`)).map(([value]) => String(value)).toSorted()
}
