import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { openDecoder } from '../open-decoder.ts'
import { openBench } from '../testing/duckdb.ts'
import { asText, bad, badLines, good, isSlow, withTypes, type Variant } from '../testing/json-values.ts'
import { same } from '../testing/read-exactly.ts'

/** Small, fast, seedable. */
function random(seed: number): () => number {
  return () => {
    seed = (seed * 1664525 + 1013904223) >>> 0
    return seed / 2 ** 32
  }
}

interface Line {
  readonly text: string
  readonly row: Readonly<Record<string, string>> | null
}

function makeLine(next: () => number, noise: number, variant: Variant): Line {
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)] ?? 'null'
  if (next() < noise / 4) return { text: pick(badLines), row: null }
  let fits = true
  const row: Record<string, string> = {}
  const members: string[] = []
  for (const key of variant.keys) {
    const chance = next()
    if (chance < 0.2) continue
    const wrong = bad[key].length > 0 && next() < noise / 13
    const known = noise === 0 ? good[key].filter((value) => !isSlow(variant, key, value)) : good[key]
    const value = chance < 0.3 ? 'null' : wrong ? pick(bad[key]) : pick(known)
    if (wrong && value !== 'null') fits = false
    row[key] = value
    members.push(`${next() < 0.1 ? ' ' : ''}"${key}"${next() < 0.1 ? ' : ' : ':'}${value}`)
  }
  return { text: `{${members.join(',')}}${next() < 0.1 ? '\r' : ''}`, row: fits ? row : null }
}

async function everyValue(variant: Variant): Promise<void> {
  const { types, columns } = variant
  await using bench = await openBench()
  const { session, folder } = bench
  const decoder = await openDecoder({ format: 'json', compression: 'none', archive: 'none' }, {}, new Uint8Array(0))
  const path = join(folder, 'one.json')
  const read = async (text: string) => {
    await writeFile(path, `${text}\n`)
    if (decoder.doubts!(types)(Buffer.from(`${text}\n`))) throw new Error('doubted')
    return session.rows(`SELECT ${columns} FROM (${await decoder.strictSelect(path, types, folder)})`)
  }
  for (const key of variant.keys) {
    for (const value of bad[key]) await assert.rejects(read(`{"${key}":${value}}`), /./, `${key} took ${value}`)
    for (const value of good[key]) {
      if (isSlow(variant, key, value))
        await assert.rejects(read(`{"${key}":${value}}`), /./, `${key} took ${value}: it is no longer slow`)
      else same((await read(`{"${key}":${value}}`))[0] ?? {}, { [key]: value }, value)
    }
  }
  for (const line of badLines) await assert.rejects(read(line), /./, `took the line ${line}`)
}

async function everyRecord(variant: Variant): Promise<void> {
  const { types, columns } = variant
  await using bench = await openBench()
  const { session, folder } = bench
  const decoder = await openDecoder(
    { format: 'json', compression: 'none', archive: 'none' },
    { 'json.mode': 'row' },
    new Uint8Array(0),
  )
  const path = join(folder, 'fuzz.json')
  const [output, refused] = [join(folder, 'out.parquet'), join(folder, 'refused.parquet')]
  const outcomes = { accepted: 0, isolated: 0, refused: 0 }
  for (let round = 0; round < 100; round++) {
    const next = random(round * 7919 + 1)
    const noise = [0, 0, 0.05, 0.3, 1][round % 5] ?? 0
    const lines = Array.from({ length: 1 + Math.floor(next() * 30) }, () => makeLine(next, noise, variant))
    await writeFile(path, `${lines.map((line) => line.text).join('\n')}\n`)
    const text = Buffer.from(`${lines.map((line) => line.text).join('\n')}\n`)
    const strict = decoder.doubts!(types)(text)
      ? null
      : await session
          .rows(`SELECT ${columns} FROM (${await decoder.strictSelect(path, types, folder)})`)
          .catch(() => null)
    // A record without any value may be a line `null`: that is for the slow path to tell.
    if (noise === 0 && lines.every((line) => /:\s*[^\sn]/.test(line.text)))
      assert.ok(strict, 'the fast path refused a file that it must take')
    if (strict) {
      outcomes.accepted++
      assert.equal(strict.length, lines.length)
      lines.forEach((line, index) => {
        assert.ok(line.row, `the strict read accepted ${line.text}`)
        same(strict[index] ?? {}, line.row, line.text)
      })
    }
    const result = await decoder.isolate(session, {
      path,
      schema: types,
      drift: 'quarantine',
      output,
      refused,
      scratch: folder,
    })
    outcomes.isolated++
    const rows = result.rows === 0 ? [] : await session.rows(`SELECT ${columns} FROM read_parquet('${output}')`)
    const refusals = await session.rows(
      `SELECT ordinal::INTEGER AS ordinal, decode(raw) AS raw, reason FROM read_parquet('${refused}')`,
    )
    outcomes.refused += refusals.length
    assert.deepEqual(
      refusals.map((row) => row.ordinal),
      result.refusedOrdinals,
    )
    assert.equal(rows.length + refusals.length, lines.length)
    const gone = new Set(result.refusedOrdinals)
    let at = 0
    lines.forEach((line, ordinal) => {
      assert.equal(
        gone.has(ordinal),
        line.row === null,
        `${line.text} (${JSON.stringify(refusals.find((row) => row.ordinal === ordinal))})`,
      )
      if (line.row) same(rows[at++] ?? {}, line.row, line.text)
    })
    assert.deepEqual(
      refusals.map((row) => row.raw),
      lines.filter((_, ordinal) => gone.has(ordinal)).map((line) => line.text),
    )
  }
  assert.ok(outcomes.accepted >= 20 && outcomes.refused >= 150, JSON.stringify(outcomes))
}

for (const variant of [asText, withTypes]) {
  test(`every single value, ${variant.name}: the fast path takes it exactly, or raises`, () => everyValue(variant))
  test(`PROMISE-EXACT-JSON: what the strict read accepts ${variant.name} is exact, and isolation keeps or refuses every record`, () =>
    everyRecord(variant))
}
