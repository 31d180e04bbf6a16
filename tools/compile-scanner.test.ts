import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { isMissing, peer } from './peers/peer.ts'

const formats = path.join(import.meta.dirname, '../packages/formats')

test('the committed scanner is what its source compiles to', async (t) => {
  const compiler = await peer('assemblyscript')
  if (isMissing(compiler)) return t.skip(compiler.missing)
  const module = await compiler.compile(await readFile(path.join(formats, 'scanner/tokens.as'), 'utf8'))
  const committed = await readFile(path.join(formats, 'src/json/tokens.gen.ts'), 'utf8')
  assert.ok(committed.includes(`'${Buffer.from(module).toString('base64')}'`))
})
