import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenLines, type OrderCounts, orderLines } from './orders.ts'

const rows = 3000
const none = (): OrderCounts => ({ lines: 0, broken: 0, items: 0, cancelledItems: 0, bytes: 0 })
const textOf = (from: number, to: number, counts = none()) =>
  Buffer.from(orderLines(from, to, brokenLines(rows), counts), 'latin1').toString('utf8')

interface Order {
  status: string
  line_items: { qty: number; unitPrice: number }[]
  totals: { amount: number }
}

function parsed(line: string): Order | undefined {
  try {
    const order = JSON.parse(line) as Order
    return Array.isArray(order.line_items) ? order : undefined
  } catch {
    return undefined
  }
}

test('the counts are what another reader finds', () => {
  const counts = none()
  const lines = textOf(0, rows, counts).trimEnd().split('\n')
  const orders = lines.map(parsed)
  const good = orders.filter((order) => order !== undefined)
  const items = (some: readonly Order[]) => some.reduce((sum, order) => sum + order.line_items.length, 0)
  assert.deepEqual(counts, {
    lines: lines.length,
    broken: orders.length - good.length,
    items: items(good),
    cancelledItems: items(good.filter((order) => order.status === 'CANCELLED')),
    bytes: 0,
  })
  assert.equal(counts.broken, 7)
})

test('an order is the same, whichever stretch it is made in', () => {
  assert.equal(textOf(0, 1000) + textOf(1000, 1700) + textOf(1700, rows), textOf(0, rows))
})

test('the total of an order is the sum of its items', () => {
  for (const line of textOf(0, rows).trimEnd().split('\n')) {
    const order = parsed(line)
    if (!order) continue
    const sum = order.line_items.reduce((cents, item) => cents + item.qty * Math.round(item.unitPrice * 100), 0)
    assert.equal(Math.round(order.totals.amount * 100), sum, line)
  }
})

test('ids lie beyond 2^53, follow each other and carry over at a thousand million', () => {
  const idOf = (index: number) =>
    BigInt(/"order_id":(\d+)/.exec(orderLines(index, index + 1, new Map(), none()))?.[1] ?? 0)
  for (const index of [0, 1, 745_259_006, 745_259_007, 745_259_008])
    assert.equal(idOf(index), 9007199254740993n + BigInt(index))
})

test('few rows have few broken lines, and every way to break a line spoils it', () => {
  assert.equal(brokenLines(1).size, 1)
  assert.equal(brokenLines(250).size, 3)
  for (const [index] of brokenLines(rows)) assert.equal(parsed(textOf(index, index + 1).trimEnd()), undefined)
})
