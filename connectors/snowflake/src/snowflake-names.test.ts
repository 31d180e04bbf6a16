import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folded, literal, nameParts, qualified } from './snowflake-names.ts'

test('names are folded as Snowflake folds them, quoted ones stay', () => {
  assert.deepEqual(nameParts('raw.staging.Orders'), ['RAW', 'STAGING', 'ORDERS'])
  assert.deepEqual(nameParts('RAW."odd.name"."say ""hi"""'), ['RAW', 'odd.name', 'say "hi"'])
  assert.deepEqual(nameParts('orders'), ['ORDERS'])
  assert.equal(folded('line items'), 'line items')
  for (const bad of ['', 'a..b', 'a.', '"a', `${'x'.repeat(256)}`])
    assert.throws(() => nameParts(bad), /cannot be read/)
})

test('names and texts are quoted so that nothing escapes', () => {
  assert.equal(qualified('RAW', 'a"b'), '"RAW"."a""b"')
  assert.equal(literal(`it's \\n`), `'it''s \\\\n'`)
})
