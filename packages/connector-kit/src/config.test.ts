import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { normaliseConfig, requireConfig, secretValues, withoutSecrets } from './config.ts'
import { Fault } from './faults.ts'
import {
  fileSinkAliases,
  fileSinkOptions,
  fileSourceAliases,
  fileSourceOptions,
  pgpCredentialFields,
  s3CredentialAliases,
  s3CredentialFields,
} from './file-options.ts'

const s3 = z.strictObject({ ...s3CredentialFields, ...pgpCredentialFields })

test('the guide’s S3 configs are taken without a warning', () => {
  const credential = normaliseConfig(s3, s3CredentialAliases, {
    access_key_id: 'AKIA',
    secret_access_key: 'hidden',
    region: 'us-east-1',
  })
  assert.deepEqual(credential, {
    value: { access_key: 'AKIA', secret_key: 'hidden', region: 'us-east-1' },
    issues: [],
    warnings: [],
  })
  const source = normaliseConfig(fileSourceOptions, fileSourceAliases, {
    path: 'raw/orders/',
    file_format: 'json',
    'start.cron': '0 * * * *',
  })
  assert.deepEqual([source.issues, source.warnings], [[], []])
  const sink = normaliseConfig(fileSinkOptions, fileSinkAliases, {
    path: 'analytics/',
    data_format: 'parquet',
    file_compression: 'snappy',
  })
  assert.deepEqual([sink.issues, sink.warnings], [[], []])
  assert.equal(sink.value['max.file.size.mb'], 4096)
  assert.equal(sink.value['output.dir.name.pattern'], '{YYYY}/{MM}/{dd}')
})

test('numbers, booleans and choices are taken in other spellings', () => {
  const { value, issues } = normaliseConfig(fileSourceOptions, undefined, {
    path: 'a',
    'csv.skip.first.lines': '4',
    'schema.detection.once': 'True',
    file_format: 'JSON',
    'pdf.parsing.image.scale': 1.5,
    timezone: null,
  })
  assert.deepEqual(issues, [])
  assert.equal(value['csv.skip.first.lines'], 4)
  assert.equal(value['schema.detection.once'], true)
  assert.equal(value['file_format'], 'json')
  assert.equal(value['pdf.parsing.image.scale'], '1.5')
  assert.equal('timezone' in value, false)
})

test('an unknown key is dropped and reported with the nearest one', () => {
  const { value, warnings, issues } = normaliseConfig(fileSourceOptions, fileSourceAliases, {
    path: 'a',
    csv_delimeter: ';',
    colour: 'red',
  })
  assert.deepEqual(issues, [])
  assert.deepEqual(warnings, [
    { key: 'csv_delimeter', nearest: 'csv.delimiter' },
    { key: 'colour', nearest: null },
  ])
  assert.equal('colour' in value, false)
})

test('an unknown key inside a nested object is dropped with its whole name', () => {
  const config = { path: 'a', data_format: 'csv', mapping: { mode: 'manual', mapping: { a: ['b'] }, extra: 1 } }
  const { value, warnings } = normaliseConfig(fileSinkOptions, fileSinkAliases, config)
  assert.equal(warnings[0]?.key, 'mapping.extra')
  assert.deepEqual(value['mapping'], { mode: 'manual', mapping: { a: ['b'] }, tracker_mode: 'NONE' })
  assert.equal('extra' in config.mapping, true, 'the caller’s object is not changed')
})

test('names that every object has are not taken for fields', () => {
  const { warnings, issues } = normaliseConfig(fileSourceOptions, fileSourceAliases, {
    path: 'a',
    constructor: 'x',
    toString: 'y',
  })
  assert.deepEqual(issues, [])
  assert.deepEqual(
    warnings.map(({ key }) => key),
    ['constructor', 'toString'],
  )
})

test('a wrong value names field, value, choices and the nearest choice', () => {
  const { issues } = normaliseConfig(fileSinkOptions, fileSinkAliases, {
    path: 'a',
    data_format: 'parqet',
    'max.file.size.mb': '0',
  })
  const format = issues.find(({ field }) => field === 'data_format')
  assert.equal(format?.value, 'parqet')
  assert.equal(format?.nearest, 'parquet')
  assert.match(format?.message ?? '', /"data_format" is "parqet".*csv, tsv, json.*Did you mean "parquet"\?/)
  assert.match(issues.find(({ field }) => field === 'max.file.size.mb')?.message ?? '', /is 0: it must be more than 0/)
})

test('a missing key names the key that was probably meant', () => {
  const { issues } = normaliseConfig(fileSourceOptions, fileSourceAliases, { paht: 'a' })
  assert.equal(issues.length, 1)
  assert.match(issues[0]?.message ?? '', /"path" is missing .*did you mean "path"\?/)
})

test('an alias and its key with different values are an issue, with equal values not', () => {
  const same = normaliseConfig(fileSourceOptions, fileSourceAliases, {
    path: 'a',
    start_cron: '0 * * * *',
    'start.cron': '0 * * * *',
  })
  assert.deepEqual(same.issues, [])
  const other = normaliseConfig(fileSourceOptions, fileSourceAliases, {
    path: 'a',
    start_cron: '1 * * * *',
    'start.cron': '0 * * * *',
  })
  assert.match(other.issues[0]?.message ?? '', /"start.cron" is "0 \* \* \* \*", but "start_cron"/)
})

test('bucket, prefix and file_pattern become path and whitelist', () => {
  const { value, issues, warnings } = normaliseConfig(fileSourceOptions, fileSourceAliases, {
    bucket: 'b',
    prefix: '/x/',
    file_pattern: '*.json',
  })
  assert.deepEqual([issues, warnings], [[], []])
  assert.equal(value['path'], 'b/x')
  assert.equal(value['whitelist.pathmatchers'], 'b/x/**/*.json')
  const alone = normaliseConfig(fileSourceOptions, fileSourceAliases, { path: 'p', prefix: 'x' })
  assert.match(alone.issues[0]?.message ?? '', /"prefix" counts only together with "bucket"/)
})

test('PROMISE-SECRETS-STAY: no secret appears in an issue', () => {
  const { issues } = normaliseConfig(s3, s3CredentialAliases, {
    secret_access_key: 'hunter2-a',
    secret_key: 'hunter2-b',
    session_token: { deep: 'hunter2-c' },
  })
  assert.equal(issues.length, 2)
  assert.doesNotMatch(JSON.stringify(issues), /hunter2/)
})

test('requireConfig throws a config fault that names the first field', () => {
  assert.throws(
    () => requireConfig(fileSourceOptions, fileSourceAliases, {}),
    (error: unknown) => error instanceof Fault && error.kind === 'config' && error.field === 'path',
  )
})

test('only fields that the schema calls open are shown', () => {
  const credential = { access_key: 'AKIA', secret_key: 'hidden', wat: { inner: 'unknown' } }
  assert.deepEqual(withoutSecrets(s3, credential), { access_key: 'AKIA' })
  assert.deepEqual(secretValues(s3, credential), ['hidden', 'unknown'])
})
