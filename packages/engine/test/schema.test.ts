import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault, type JsonObject } from '@leat/connector-kit'
import { EngineFlow, ids, orders } from './engine-fixture.ts'

const customers = '{"customer":"a","city":"Basel"}\n{"customer":"b","city":"Bern"}\n'
const columns = (flow: EngineFlow, id?: number): string[] =>
  flow.nexset(id).head.schema!.fields.map((field) => field.name)

/** Three orders; then a file with one that fits, one with a new column and one with text where a number was. */
async function drifting(options: JsonObject): Promise<EngineFlow> {
  const flow = await EngineFlow.create()
  await flow.put('a.json', '{"id":1,"n":1}\n{"id":2,"n":2}\n{"id":3,"n":3}\n')
  await flow.run({ options })
  await flow.put('b.json', '{"id":4,"n":4}\n{"id":5,"n":5,"late":true}\n')
  return flow
}

test('PROMISE-DRIFT: evolve adds the column, and the rows before have null in it', async () => {
  await using flow = await drifting({})
  await flow.run()
  assert.deepEqual(columns(flow), ['id', 'n', 'late'])
  const records = (await flow.records()).map(({ record }) => record)
  assert.deepEqual(ids(records), [1, 2, 3, 4, 5])
  assert.deepEqual(
    records.map((record) => record['late'] ?? null),
    [null, null, null, null, true],
  )
  assert.deepEqual(await flow.refused(), [])
})

test('PROMISE-DRIFT: quarantine keeps the schema and refuses the record', async () => {
  const options = { 'schema.drift.policy': 'quarantine' }
  await using flow = await drifting(options)
  await flow.run({ options })
  assert.deepEqual(columns(flow), ['id', 'n'])
  assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), [1, 2, 3, 4])
  const [refused] = await flow.refused()
  assert.equal(Buffer.from(refused!.raw).toString(), '{"id":5,"n":5,"late":true}')
  assert.match(refused!.reason, /late/)
})

test('PROMISE-DRIFT: stop names the change, commits nothing, and loses nothing', async () => {
  const options = { 'schema.drift.policy': 'stop' }
  await using flow = await drifting(options)
  await assert.rejects(
    flow.run({ options }),
    (error: unknown) => error instanceof Fault && error.code === 'data.schema_drift' && /late/.test(error.message),
  )
  assert.equal(flow.nexset().segments.length, 1)
  assert.deepEqual(await flow.refused(), [])
  await flow.run({ options: { 'schema.drift.policy': 'evolve' } })
  assert.deepEqual(ids((await flow.records()).map(({ record }) => record)), [1, 2, 3, 4, 5])
})

test('files of another shape make a nexset of their own', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('orders.json', orders(0, 2))
  await flow.run()
  await flow.put('people.json', customers)
  await flow.run()
  const [first, second, ...more] = [...flow.ledger.nexsets.keys()]
  assert.deepEqual(more, [])
  assert.deepEqual(columns(flow, first), ['id', 'name', 'items'])
  assert.deepEqual(columns(flow, second), ['customer', 'city'])
  assert.equal((await flow.records(second)).length, 2)
  await flow.put('people2.json', customers)
  await flow.run()
  assert.equal((await flow.records(second)).length, 4, 'the next file of that shape joins it')
})

test('PROMISE-NEXSETS: files of several shapes that one run reads go into a nexset each, in whatever order they come', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('1-orders.json', orders(0, 2))
  await flow.put('2-people.json', customers)
  await flow.put('3-orders.json', `{"id":2,"name":"order 2","note":"new"}\n${orders(3, 1)}`)
  await flow.put('4-people.json', `[${customers.trim().replaceAll('\n', ',')}]`)
  await flow.put('5-orders.json', `{"note":"an odd first record"}\n${orders(5, 2)}`)
  await flow.put('6-empty.json', '')
  await flow.put('7-people.json', `not JSON\n${customers}`)
  await flow.put('8-sensors.xml', '<all><one><sensor>a</sensor><celsius>1</celsius></one></all>')
  await flow.put('9-places.xml', '<all><one><town>Basel</town><zip>4000</zip></one></all>')
  await flow.run()
  const [first, second, third, fourth, ...more] = [...flow.ledger.nexsets.keys()]
  assert.deepEqual(more, [])
  const origins = async (id?: number): Promise<string[]> =>
    (await flow.records(id)).map(({ origin }) => origin.slice(3))
  assert.deepEqual(columns(flow, first).toSorted(), ['id', 'items', 'name', 'note'])
  assert.deepEqual(
    (await flow.records(first)).map(({ record }) => record['id'] ?? null),
    [0, 1, 2, 3, null, 5, 6],
  )
  assert.deepEqual(columns(flow, second), ['customer', 'city'])
  assert.deepEqual(
    await origins(second),
    ['2', '2', '4', '4', '7', '7'].map((number) => `${number}-people.json`),
  )
  assert.deepEqual(
    [columns(flow, third), columns(flow, fourth)],
    [
      ['sensor', 'celsius'],
      ['town', 'zip'],
    ],
  )
  assert.deepEqual(
    (await flow.refused()).map(({ origin, ordinal }) => [origin, ordinal]),
    [['in/7-people.json', 0]],
  )
})

test('files that agree with one nexset share a segment, though they have no name in common', async () => {
  await using flow = await EngineFlow.create()
  await flow.put('1.json', '{"a":1,"b":2,"c":3,"d":4}\n')
  await flow.run()
  await flow.put('2.json', '{"a":1,"b":2}\n')
  await flow.put('3.json', '{"c":3,"d":4}\n')
  await flow.run()
  assert.equal(flow.ledger.nexsets.size, 1)
  assert.equal(flow.nexset().segments.length, 2)
})

test('schema.detection.once puts every shape into the first nexset', async () => {
  await using flow = await EngineFlow.create()
  const options = { 'schema.detection.once': true }
  await flow.put('orders.json', orders(0, 2))
  await flow.run({ options })
  await flow.put('people.json', customers)
  await flow.run({ options })
  assert.equal(flow.ledger.nexsets.size, 1)
  assert.equal((await flow.records()).length, 4)
  assert.deepEqual(columns(flow).toSorted(), ['city', 'customer', 'id', 'items', 'name'])
  await flow.put('orders2.json', orders(2, 2))
  await flow.put('people2.json', customers)
  await flow.run({ options })
  assert.equal(flow.ledger.nexsets.size, 1, 'nor does one run tell them apart')
  assert.equal(flow.nexset().segments.length, 3)
})
