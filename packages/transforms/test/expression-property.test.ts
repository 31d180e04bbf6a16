import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { compileTransform } from '../src/index.ts'
import { openDuck, relationOf, schemaOf } from './duck.ts'
import { Refused } from './exact-arithmetic.ts'
import { Generator, type Piece, type Row } from './random-expression.ts'

/**
 * Random expressions, evaluated by DuckDB through the compiler and by an evaluator that shares no code with it: exact rationals
 * over BigInt, three-valued logic, an exception for what must be refused.
 */
const duck = await openDuck()
after(() => duck[Symbol.asyncDispose]())

const schema = schemaOf({
  a: 'BIGINT',
  b: 'BIGINT',
  p: 'DECIMAL(12,2)',
  q: 'DECIMAL(9,3)',
  s: 'VARCHAR',
  t: 'VARCHAR',
  ok: 'BOOLEAN',
  deep: { n: 'BIGINT', 'odd name': 'VARCHAR' },
})

const rows: readonly Row[] = [
  { a: 1n, b: 2n, p: '10.50', q: '0.125', s: 'x', t: 'abc', ok: true, deep: { n: 7n, 'odd name': 'o' } },
  { a: -7n, b: 0n, p: '-3.33', q: '2.000', s: '', t: 'Äx x', ok: false, deep: { n: -2n, 'odd name': null } },
  { a: 9223372036854775807n, b: 3n, p: '9999999999.99', q: '-999999.999', s: "it's", t: 'x', ok: null, deep: null },
  { a: null, b: 5n, p: null, q: '1.500', s: null, t: '', ok: true, deep: { n: null, 'odd name': 'x' } },
  {
    a: -9223372036854775808n,
    b: -1n,
    p: '0.00',
    q: '0.001',
    s: 'x',
    t: null,
    ok: false,
    deep: { n: 1n, 'odd name': '' },
  },
]
const json = (row: Row): unknown =>
  JSON.parse(JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)))

/** What a row must give: a value as text, `null`, or `refused`. */
function expected(piece: Piece, row: Row): string {
  try {
    const value = piece.value(row)
    if (value === null) return 'null'
    if (typeof value !== 'object') return String(value)
    const digits = (value.units < 0n ? -value.units : value.units).toString().padStart(value.scale + 1, '0')
    const text = value.scale === 0 ? digits : `${digits.slice(0, -value.scale)}.${digits.slice(-value.scale)}`
    return normal(`${value.units < 0n ? '-' : ''}${text}`)
  } catch (thrown) {
    if (thrown instanceof Refused) return 'refused'
    throw thrown
  }
}

/** Trailing zeros say nothing about the value: a common type of two branches may carry more of them. */
function normal(text: string): string {
  return /^-?\d+(\.\d+)?$/.test(text)
    ? (text.includes('.') ? text.replace(/\.?0+$/, '') : text).replace(/^-0$/, '0')
    : text
}

test('PROMISE-EXPRESSION-MEANING random expressions mean the same to DuckDB and to an independent evaluator', async () => {
  const relation = relationOf(schema, rows.map(json))
  let compared = 0
  for (let seed = 1; seed <= 400; seed++) {
    const generator = new Generator(seed)
    const piece = generator.pick(
      () => generator.number(3),
      () => generator.text(3),
      () => generator.truth(3),
    )()
    let sql: string
    try {
      const compiled = compileTransform(
        { operations: [{ operation: 'compute', expression: piece.text, as: 'r' }] },
        schema,
      )
      sql = compiled.tolerantSelect?.(relation) ?? `SELECT *, NULL AS _leat_error FROM (${compiled.select(relation)})`
    } catch (thrown) {
      // A divisor that is written as 0 is a mistake in the expression, not in a record.
      assert.match(String(thrown), /division by zero/, `seed ${seed}: ${piece.text}`)
      continue
    }
    const found = (await duck.rows(sql)).map((row) =>
      row['_leat_error'] !== null ? 'refused' : normal(String(row['r'])),
    )
    for (const [index, row] of rows.entries()) {
      const wanted = expected(piece, row)
      // DuckDB may refuse more: a decimal of 38 digits has room for fewer than a rational. It never gives another value.
      if (found[index] === 'refused' && wanted !== 'refused' && /[*/+-]/.test(piece.text)) continue
      if (wanted === 'refused' && /\b(and|or|AND|Or|coalesce|in|between)\b|&&|\|\|/.test(piece.text)) continue
      compared++
      assert.equal(found[index], wanted, `seed ${seed}, row ${index}: ${piece.text}`)
    }
  }
  assert.ok(compared > 1500, `only ${compared} results could be compared`)
})
