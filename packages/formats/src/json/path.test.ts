import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '@leat/connector-kit'
import { parseJson } from './parse.ts'
import { parseJsonPath, parseJsonPaths } from './path.ts'
import { recordsAt } from './path-records.ts'

const document = `{"data":{"order list":[{"id":1,"t":1.10},{"id":2,\n"t":[{"id":9}]},{"id":3}],"batch":"b,7"},"id":0}`

function records(path: string, additional = ''): unknown[] {
  const lines = [...recordsAt(Buffer.from(document), parseJsonPath(path), parseJsonPaths(additional))]
    .map((chunk) => Buffer.from(chunk).toString())
    .join('')
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('paths select records in document order; an array counts as its elements', () => {
  const all = [{ id: 1, t: 1.1 }, { id: 2, t: [{ id: 9 }] }, { id: 3 }]
  assert.deepEqual(records(`$.data['order list']`), all)
  assert.deepEqual(records(`$.data["order list"][*]`), all)
  assert.deepEqual(records(`$.*['order list'][-1]`), [{ id: 3 }])
  assert.deepEqual(records(`$.data['order list'][0:2]`), all.slice(0, 2))
  assert.deepEqual(records(`$.data['order list'][::-2]`), [{ id: 3 }, { id: 1, t: 1.1 }])
  assert.deepEqual(records(`$.data['order list'][0,2]`), [all[0], all[2]])
  assert.deepEqual(records(`$..t[*]`), [{ id: 9 }])
  assert.deepEqual(records('$.none'), [])
})

test('literals survive as they were written, and additional values come with every record', () => {
  const [first] = [...recordsAt(Buffer.from(document), parseJsonPath(`$.data['order list'][0]`), [])]
  assert.equal(Buffer.from(first ?? []).toString(), '{"id":1,"t":1.10}\n')
  assert.deepEqual(records(`$.data['order list'][2]`, '$.data.batch, $.id'), [{ id: 3, batch: 'b,7', id_2: 0 }])
})

test('a path that is none is a config fault that names its key and the place', () => {
  for (const path of ['data', '$.', '$[', '$[?(@.a==1)]', "$['a", '$.a b'])
    assert.throws(
      () => parseJsonPath(path),
      (error) => error instanceof Fault && error.kind === 'config' && error.field === 'json.path',
      path,
    )
})

test('a broken document is a data fault', () => {
  assert.throws(
    () => [...recordsAt(Buffer.from('{"a":'), parseJsonPath('$'), [])],
    (error) => error instanceof Fault && error.code === 'json.malformed',
  )
})

test('deep nesting is refused, not a crash', () => {
  assert.throws(() => parseJson('['.repeat(100_000)), /nested deeper/)
})
