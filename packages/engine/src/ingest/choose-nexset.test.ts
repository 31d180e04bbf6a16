import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Schema } from '@leat/connector-kit'
import { chooseNexset } from './choose-nexset.ts'

const shape = (...names: string[]): Schema => ({
  fields: names.map((name) => ({ name, type: { kind: 'scalar', name: 'VARCHAR' } })),
})
const orders = { id: 1, name: 'orders', schema: shape('order_id', 'status', 'total', 'lines') }
const customers = { id: 2, name: 'customers', schema: shape('customer_id', 'email', 'city') }

test('data goes to the nexset whose shape it has', () => {
  assert.equal(chooseNexset([orders, customers], shape('customer_id', 'email', 'phone'), false)?.id, 2)
  assert.equal(
    chooseNexset([orders, customers], shape('order_id', 'status', 'total', 'lines', 'discount'), false)?.id,
    1,
  )
})

test('a subset of the fields is the same shape', () => {
  assert.equal(chooseNexset([orders], shape('order_id'), false)?.id, 1)
})

test('another shape is another nexset, unless the schema is detected once', () => {
  assert.equal(chooseNexset([orders], shape('sensor', 'value', 'at'), false), null)
  assert.equal(chooseNexset([orders], shape('sensor', 'value', 'at'), true)?.id, 1)
})
