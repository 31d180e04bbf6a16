import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketPath, folderPrefix, requireBucket } from './bucket-path.ts'
import { s3SinkOptions } from './s3-schemas.ts'

const cases: readonly [path: string, bucket: string, key: string][] = [
  ['raw/orders/', 'raw', 'orders/'],
  ['raw/orders', 'raw', 'orders'],
  ['raw', 'raw', ''],
  ['raw/', 'raw', ''],
  ['/raw/orders/', 'raw', 'orders/'],
  ['s3://raw/orders/', 'raw', 'orders/'],
  ['s3a://raw/a/b.json', 'raw', 'a/b.json'],
  ['S3://raw/a', 'raw', 'a'],
  ['raw//double', 'raw', '/double'],
  ['', '', ''],
  ['s3://', '', ''],
]

for (const [path, bucket, key] of cases)
  test(`${JSON.stringify(path)} is bucket "${bucket}", key "${key}"`, () =>
    assert.deepEqual(bucketPath(path), { bucket, key }))

test('a path without a bucket is a config fault that names the field', () => {
  assert.throws(() => requireBucket('s3:///'), { kind: 'config', code: 's3.path_without_bucket', field: 'path' })
})

test('a folder prefix ends in one slash, and the whole bucket is the empty prefix', () => {
  assert.deepEqual(['', 'a', 'a/', 'a/b'].map(folderPrefix), ['', 'a/', 'a/', 'a/b/'])
})

test('a path without a bucket is refused when it is written', () => {
  for (const path of ['s3:///', 's3://', '/', '  ', 's3:// /x'])
    assert.equal(s3SinkOptions.shape.path.safeParse(path).success, false, path)
  for (const path of ['s3://raw', 's3:///raw/x', 'raw', '/raw/orders/', ' raw'])
    assert.equal(s3SinkOptions.shape.path.safeParse(path).success, true, path)
})
