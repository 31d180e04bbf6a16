import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { connectorSpecs } from './connector-specs.ts'
import { connectorTypes } from './connector-types.ts'

test('connector-types.gen.ts is current: run packages/sdk/scripts/generate-connector-types.ts', async () => {
  const golden = await readFile(new URL('../src/connector-types.gen.ts', import.meta.url), 'utf8')
  assert.equal(connectorTypes(await connectorSpecs()), golden)
})

test('a spec becomes interfaces: required keys, choices, other spellings, comments', () => {
  const text = connectorTypes([
    {
      type: 'min_io_s3',
      title: 'MinIO',
      description: '',
      aliases: { credentials: { access_key_id: 'access_key' } },
      credentials: {
        type: 'object',
        properties: {
          access_key: { type: 'string' },
          'sse.enabled': { type: 'boolean', description: 'Server-side encryption.', default: false },
          mode: { enum: ['Access Key', 'ARN'] },
          region: { type: 'string' },
        },
        required: ['access_key', 'region'],
      },
      sink: {
        options: {
          properties: { columns: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } } },
        },
      },
    },
  ])
  assert.match(text, /interface CredentialConfigs \{\n {2}min_io_s3: MinIoS3Credentials\n\}/)
  assert.match(text, /\n {2}access_key\?: string\n/)
  assert.match(text, /\/\*\* Server-side encryption. Default: `false`. \*\/\n {2}'sse.enabled'\?: boolean\n/)
  assert.match(text, /\n {2}mode\?: 'Access Key' \| 'ARN'\n {2}region: string\n/)
  assert.match(text, /\/\*\* The same as `access_key`. \*\/\n {2}access_key_id\?: string\n/)
  assert.match(text, /\n {2}columns\?: readonly \(string \| number\)\[\]\n/)
})
