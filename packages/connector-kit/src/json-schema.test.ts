import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configJsonSchema } from './json-schema.ts'
import { z } from 'zod'
import { fileSinkOptions, fileSourceOptions, pgpCredentialFields, s3CredentialFields } from './file-options.ts'
import type { JsonObject } from './contract.ts'

const schemas = {
  source: fileSourceOptions,
  sink: fileSinkOptions,
  credentials: z.strictObject({ ...s3CredentialFields, ...pgpCredentialFields }),
}

for (const [name, schema] of Object.entries(schemas)) {
  test(`every ${name} field of a file store has a title and a description`, () => {
    const json = configJsonSchema(schema)
    assert.equal(json['additionalProperties'], false)
    for (const [key, field] of Object.entries(json['properties'] as JsonObject)) {
      assert.equal(typeof (field as JsonObject)['title'], 'string', key)
      assert.equal(typeof (field as JsonObject)['description'], 'string', key)
    }
  })
}

test('secrets are marked in the JSON Schema', () => {
  const { properties } = configJsonSchema(schemas.credentials) as { properties: Record<string, JsonObject> }
  const secrets = Object.entries(properties)
    .filter(([, field]) => field['secret'] === true)
    .map(([key]) => key)
  assert.deepEqual(secrets.sort(), ['encrypt.private.key', 'encrypt.private.password', 'secret_key', 'session_token'])
})
