import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishedRows } from './flow.ts'
import { findings, judge, judgeQuarantine } from './judge.ts'
import { badLine, recordOf } from './records.ts'

const rows = Array.from({ length: 9 }, (_, seq) => recordOf('s', seq, `k${seq % 3}`, Math.floor(seq / 3)))

async function* shown(list: readonly unknown[]): AsyncGenerator<unknown> {
  yield* list
}

async function kindsOf(list: readonly unknown[]): Promise<readonly string[]> {
  return findings(await judge(shown(list), { stream: 's', records: 9 })).map((text) => text.split(',')[0]!)
}

test('PROMISE-JUDGE: the judge passes a whole destination and tells lost, doubled, altered, misplaced and foreign records apart', async () => {
  assert.deepEqual(await kindsOf(rows), [])
  assert.deepEqual(await kindsOf(rows.slice(1)), ['1 lost'])
  assert.deepEqual(await kindsOf([...rows, rows[4]]), ['1 doubled'])
  assert.deepEqual(await kindsOf([{ ...rows[0], text: 'another' }, ...rows.slice(1)]), ['1 lost', '1 altered'])
  assert.deepEqual(await kindsOf([rows[3], rows[0], ...rows.slice(1, 3), ...rows.slice(4)]), ['1 misplaced'])
  assert.deepEqual(await kindsOf([...rows, recordOf('s', 9, 'k', 0)]), ['1 foreign'])
  assert.deepEqual(await kindsOf([...rows, recordOf('t', 1, 'k', 0)]), ['1 foreign'])
  assert.deepEqual(await kindsOf([...rows, null, 'text']), ['2 altered'])
})

test('the judge lets fields stand in any order and an absent extra field be null', async () => {
  const turned = rows.map((row) => ({ extra: null, ...Object.fromEntries(Object.entries(row).reverse()) }))
  assert.deepEqual(await kindsOf(turned), [])
})

test('PROMISE-JUDGE: bad lines are counted in quarantine', () => {
  const lines = [0, 1, 2].map((number) => badLine('s', number))
  assert.deepEqual(findings(judgeQuarantine(lines, 's', 3)), [])
  assert.match(findings(judgeQuarantine(lines.slice(1), 's', 3)).join(), /1 lost/)
  assert.match(findings(judgeQuarantine([...lines, lines[0]!], 's', 3)).join(), /1 doubled/)
  assert.match(findings(judgeQuarantine(['{"stream": "s"', ...lines], 's', 3)).join(), /1 altered/)
})

test('PROMISE-JUDGE: who reads a destination in the middle sees what is published, not what is staged, in a folder and on S3', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leat-judge-'))
  try {
    for (const [place, seq] of [
      ['.', 1],
      ['2026/11', 2],
      ['.leat-staging/sink-1/1-a', 3],
      ['_leat_staging/sink-1/1-a', 4],
    ] as const) {
      await mkdir(join(folder, place), { recursive: true })
      await writeFile(join(folder, place, `${seq}.json`), `{"seq":${seq}}\n`)
    }
    const seen = []
    for await (const row of publishedRows(folder)) seen.push(row)
    assert.deepEqual(seen, [{ seq: 1 }, { seq: 2 }])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
