import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Schema } from '@leat/connector-kit'
import { belongTogether, chooseNexset, fits, nexsetWith } from './choose-nexset.ts'

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

test('data belongs together when it agrees by half or more, or agrees with one nexset', () => {
  const names = (...all: string[]): Set<string> => new Set(all)
  assert.equal(belongTogether([], names('a', 'b'), names('b', 'c')), true)
  assert.equal(belongTogether([], names('a', 'b', 'c'), names('c', 'd', 'e')), false)
  assert.equal(belongTogether([], names(), names('a')), true)
  assert.equal(belongTogether([orders, customers], names('order_id', 'status'), names('total', 'lines')), true)
  assert.equal(belongTogether([orders, customers], names('order_id', 'status'), names('email', 'city')), false)
  const empty = { id: 3, name: 'new', schema: null }
  assert.equal(belongTogether([empty], names('a'), names('b')), false)
  assert.equal(fits(empty, names('a')), false)
  assert.equal(nexsetWith([orders, customers], names('city')), customers)
})
