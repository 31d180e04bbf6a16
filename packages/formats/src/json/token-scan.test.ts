import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { decimal, list, openBench, schema, struct, t } from '../testing/duckdb.ts'
import { strictJsonSelect } from './strict.ts'
import { TokenScan } from './token-scan.ts'
import { typedKeysOf } from './typed-keys.ts'

const orders = schema({
  id: t('BIGINT'),
  price: decimal(18, 2),
  ratio: t('DOUBLE'),
  paid: t('BOOLEAN'),
  name: t('VARCHAR'),
  größe: t('INTEGER'),
  items: list(struct({ qty: t('BIGINT'), sku: t('VARCHAR') })),
})

function doubted(text: string, types = orders): boolean {
  return new TokenScan(typedKeysOf(types)).raises(Buffer.from(text))
}

test('a value of another kind than its column is found at any depth and at any place of a text', () => {
  const wrong = [
    '{"id":"5"}',
    '{"id":8.7}',
    '{"price":1.005}',
    '{"paid":1}',
    '{"ratio":true}',
    '{"items":[{"qty":1.5}]}',
  ]
  const right = [
    '{"id":5}',
    '{"id":null}',
    '{"price":-1.5}',
    '{"paid":false}',
    '{"ratio":1e10}',
    '{"items":[{"qty":7}]}',
  ]
  for (let before = 0; before < 40; before++) {
    const head = `{"name":"${'\\"'.repeat(before % 7)}${'x'.repeat(before)}\\\\"}\n`
    for (const line of wrong) assert.equal(doubted(`${head}${line}\n`), true, head + line)
    for (const line of right) assert.equal(doubted(`${head}${line}\n`), false, head + line)
    for (const line of right) assert.equal(doubted(`${head}${line.replaceAll(':', ' :\t')}`), false, line)
  }
})

test('a comma before a closing bracket is found, and not in a text', () => {
  for (const line of ['{"id":1,}', '{"a":[1,],"id":2}', '{"o":{"x":1 ,\t},"id":1}', '{"id":1 , }'])
    assert.equal(doubted(`{"id":1}\n${line}\n`), true, line)
  for (const line of ['{"name":"[a-z]{2,}"}', '{"name":"a\\",}"}', '{"items":[],"name":"x,y"}', '{"name":","}'])
    assert.equal(doubted(`{"id":1}\n${line}\n`), false, line)
})

test('keys are told apart by their length and their end', () => {
  for (const key of ['a', 'ab', 'abcdefg', 'abcdefgh', 'abcdefghi', 'number_of_items_that_were_sent']) {
    const types = schema({ [key]: t('BIGINT') })
    assert.equal(doubted(`{"${key}":"5"}`, types), true, key)
    assert.equal(doubted(`{"n":"\\n","${key}":"5"}`, types), true, key)
    for (const other of [`x${key}`, key.slice(1), `${key}x`])
      assert.equal(doubted(`{"${other}":"5","${key}":5}`, types), false, `${other} for ${key}`)
  }
})

test('where a block of 64 bytes ends changes nothing', () => {
  for (let before = 0; before < 140; before++) {
    const head = `{"name":"${'x'.repeat(before)}"}\n`
    for (const line of [
      '{"id":1,}',
      '{"id":1 ,\t}',
      '{"id":"5"}',
      '{"price":1.005}',
      '{"items":[{"qty":1.5}]}',
      '{"name":"x',
    ])
      assert.equal(doubted(`${head}${line}\n`), true, head + line)
    for (const line of ['{"id":1,"name":",}"}', '{"price":-1.5,"paid":null}', '{"items":[{"qty":7},{"qty":8}]}'])
      assert.equal(doubted(`${head}${line}\n`), false, head + line)
  }
})

test('a key is known however a serialiser escapes it; with other escapes it is a doubt', () => {
  assert.equal(doubted('{"größe":"1"}'), true)
  assert.equal(doubted('{"gr\\u00f6\\u00dfe":"1"}'), true)
  assert.equal(doubted('{"gr\\u00F6\\u00DFe":1}'), false)
  assert.equal(doubted('{"\\u0069d":1}'), true)
})

test('blocks end at lines: a text of megabytes and a line longer than a block are scanned to their end', () => {
  const lines = Array.from({ length: 60_000 }, (_, id) => `{"id":${id},"name":"${'n'.repeat(id % 90)}"}\n`).join('')
  assert.equal(doubted(lines), false)
  assert.equal(doubted(`${lines}{"id":"1"}\n`), true)
  const long = `{"name":"${'y'.repeat(900_000)}","id":`
  assert.equal(doubted(`${lines}${long}1}\n${lines}`), false)
  assert.equal(doubted(`${lines}${long}1.5}\n${lines}`), true)
})

test('a key counts only where all fields of its name have one kind, and nowhere beside free-form JSON', () => {
  const twice = schema({ id: t('BIGINT'), customer: struct({ id: t('VARCHAR'), age: t('INTEGER') }) })
  assert.deepEqual([typedKeysOf(twice).get('id')?.kind, typedKeysOf(twice).get('age')?.kind], ['anything', 'whole'])
  assert.equal(typedKeysOf(schema({ id: t('BIGINT'), rest: t('JSON') })).size, 0)
  // Alike for the scanner: the same length and the same last 8 bytes.
  const alike = schema({ a_position: t('BIGINT'), b_position: t('VARCHAR') })
  assert.equal(typedKeysOf(alike).get('a_position')?.kind, 'anything')
})

test('PROMISE-EXACT-JSON: decimals that pass come through binary64 as they were written', async () => {
  await using bench = await openBench()
  const path = join(bench.folder, 'decimals.json')
  for (const scale of [1, 2, 3, 6, 9, 12]) {
    const types = schema({ d: decimal(18, scale) })
    const numbers = Array.from({ length: 4000 }, (_, index) => {
      const whole = 15 - scale - (index % (15 - scale))
      const digits = (count: number): string =>
        Array.from({ length: count }, () => Math.floor(Math.random() * 10)).join('')
      return `${index % 3 === 0 ? '-' : ''}${BigInt(digits(whole))}.${digits(1 + (index % scale))}`
    })
    const text = numbers.map((number) => `{"d":${number}}\n`).join('')
    assert.equal(doubted(text, types), false)
    await writeFile(path, text)
    const rows = await bench.session.rows(
      `SELECT d::VARCHAR AS d FROM (${await strictJsonSelect([path], types, bench.folder)})`,
    )
    assert.deepEqual(
      rows.map((row) => row['d']),
      numbers.map((number) => {
        const [whole = '', fraction = ''] = number.split('.')
        const shown = `${whole}.${fraction.padEnd(scale, '0')}`
        return /[1-9]/.test(shown) ? shown : shown.replace('-', '')
      }),
    )
  }
})
