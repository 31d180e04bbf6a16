import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from './table.ts'

interface Row {
  readonly name: string
  readonly size: number
  readonly note?: string
}

test('columns line up, also with wide characters; a column without values is left out', () => {
  const rows: Row[] = [
    { name: '田中', size: 5 },
    { name: 'Zoë M', size: 12345 },
  ]
  const lines = table(rows, [
    { title: 'NAME', of: (row) => row.name },
    { title: 'SIZE', of: (row) => row.size, right: true },
    { title: 'NOTE', of: (row) => row.note },
  ])
  assert.deepEqual(lines, ['NAME    SIZE', '田中       5', 'Zoë M  12345'])
})
