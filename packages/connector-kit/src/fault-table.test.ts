import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultTable } from './fault-table.ts'

const fault = faultTable('s3', {
  bucket_missing: { kind: 'not_found', message: 'Bucket "{bucket}" does not exist in {region}.' },
  busy: { kind: 'rate_limited', message: 'Too many requests.' },
})

test('a row becomes a fault with area, values, field and wait', () => {
  const missing = fault('bucket_missing', { bucket: 'b' }, { field: 'path' })
  assert.deepEqual(
    [missing.kind, missing.code, missing.message, missing.field],
    ['not_found', 's3.bucket_missing', 'Bucket "b" does not exist in {region}.', 'path'],
  )
  assert.equal(fault('busy', {}, { retryAfterMs: 9 }).retryAfterMs, 9)
})
