import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { openDemoFolder } from './demo-folder.ts'

let parent = ''
beforeEach(async () => void (parent = await mkdtemp(join(tmpdir(), 'leat-demo-'))))
afterEach(() => rm(parent, { recursive: true, force: true }))

test('an earlier demo is emptied', async () => {
  const { input } = await openDemoFolder(join(parent, 'demo'))
  await writeFile(join(parent, 'demo', 'old'), '')
  const again = await openDemoFolder(join(parent, 'demo'))
  assert.equal(again.input, input)
  assert.equal(existsSync(join(parent, 'demo', 'old')), false)
})

test('a folder with something else in it is left alone', async () => {
  await writeFile(join(parent, 'thesis.txt'), 'years of work')
  await assert.rejects(openDemoFolder(parent), /holds something else than a demo/)
  assert.ok(existsSync(join(parent, 'thesis.txt')))
})

test('a file is not a folder', async () => {
  await writeFile(join(parent, 'file'), '')
  await assert.rejects(openDemoFolder(join(parent, 'file')), /lies in a file.*LEAT_DATA/)
})

test('a demo whose server still runs is left alone', async () => {
  const { pidFile, output } = await openDemoFolder(join(parent, 'demo'))
  await writeFile(pidFile, String(process.pid))
  await writeFile(join(output, 'a.parquet'), '')
  await assert.rejects(openDemoFolder(join(parent, 'demo')), new RegExp(`kill ${process.pid}`))
  assert.ok(existsSync(join(output, 'a.parquet')))
})
