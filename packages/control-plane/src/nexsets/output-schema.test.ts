import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scalarNames, type Schema } from '@leat/connector-kit'
import { outputSchema } from './output-schema.ts'

test('the canonical schema as JSON Schema, with formats for what JSON numbers cannot hold', () => {
  const schema: Schema = {
    fields: [
      { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
      { name: 'price', type: { kind: 'decimal', precision: 18, scale: 2 } },
      { name: 'at', type: { kind: 'scalar', name: 'TIMESTAMP' } },
      {
        name: 'lines',
        type: {
          kind: 'list',
          element: { kind: 'struct', fields: [{ name: 'sku', type: { kind: 'scalar', name: 'VARCHAR' } }] },
        },
      },
      {
        name: 'tags',
        type: { kind: 'map', key: { kind: 'scalar', name: 'VARCHAR' }, value: { kind: 'scalar', name: 'BOOLEAN' } },
      },
    ],
  }
  assert.deepEqual(outputSchema(7, schema, { properties: { id: { description: 'Order number' } } }), {
    $schema: 'http://json-schema.org/draft-04/schema#',
    '$schema-id': 7,
    type: 'object',
    properties: {
      id: { type: 'integer', format: 'int64', description: 'Order number' },
      price: { type: 'number', format: 'decimal', precision: 18, scale: 2 },
      at: { type: 'string', format: 'local-date-time' },
      lines: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
      tags: { type: 'object', additionalProperties: { type: 'boolean' } },
    },
  })
})

test('every scalar has a shape, and no data has no schema', () => {
  const fields = scalarNames.map((name) => ({ name, type: { kind: 'scalar', name } as const }))
  const { properties } = outputSchema(1, { fields }, null) as { properties: Record<string, object> }
  assert.deepEqual(Object.keys(properties), [...scalarNames])
  assert.equal(outputSchema(1, null, null), null)
})
