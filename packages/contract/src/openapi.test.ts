import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openapi } from './openapi.ts'
import { routes } from './routes.ts'

const document = JSON.parse(JSON.stringify(openapi()))

test('openapi.json is current: run packages/contract/scripts/generate-openapi.ts', async () => {
  const golden = JSON.parse(await readFile(new URL('../openapi.json', import.meta.url), 'utf8'))
  assert.deepEqual(document, golden)
})

test('every operation of the table stands in the document under its id', () => {
  const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((item) =>
    Object.values(item).map((operation) => operation.operationId),
  )
  assert.deepEqual(ids.sort(), Object.keys(routes).sort())
})

test('every reference in the document resolves', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
  assert.ok(references.length > 100)
  for (const reference of new Set(references)) {
    let place: unknown = document
    for (const step of reference.slice(2).split('/')) place = (place as Record<string, unknown> | undefined)?.[step]
    assert.ok(place, `${reference} leads nowhere`)
  }
})

test('a flow node describes its children by reference to itself', () => {
  const { children } = document.components.schemas.FlowNode.properties
  assert.deepEqual(children, { type: 'array', items: { $ref: '#/components/schemas/FlowNode' } })
})

test('a boolean in a query may be sent as the Python client does', () => {
  const expand = document.paths['/data_sources/{id}'].get.parameters.find((p: { name: string }) => p.name === 'expand')
  assert.deepEqual(expand.schema.anyOf[0], { type: 'boolean' })
  assert.ok(expand.schema.anyOf[1].enum.includes('True'))
})
