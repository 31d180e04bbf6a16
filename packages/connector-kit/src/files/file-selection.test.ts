import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../contract.ts'
import { fileSelection } from './file-selection.ts'

const file = (path: string, bytes = 1, modifiedAt = 1000) => ({ path, bytes, modifiedAt, version: 'v' })

function kept(options: JsonObject, paths: readonly string[], folder = 'bucket/raw/'): readonly string[] {
  const selection = fileSelection(options, folder)
  return paths.filter((path) => selection(file(path)))
}

test('without options every file counts but empty ones, markers and staged files', () => {
  const selection = fileSelection({}, 'bucket')
  assert.equal(selection(file('bucket/a.json')), true)
  assert.equal(selection(file('bucket/a.json', 0)), false)
  assert.equal(selection(file('bucket/folder/')), false)
  assert.equal(selection(file('bucket/out/_leat_staging/sink-1/3-ab/x.staged')), false)
  assert.equal(selection(file('out/.leat-staging/sink-1/3-ab/x.staged')), false)
  assert.equal(selection(file('bucket/not_leat_staging/x')), true)
})

test('patterns count from the root of the credential and from the path of the source', () => {
  const paths = ['bucket/raw/a.json', 'bucket/raw/a.csv', 'bucket/raw/deep/b.json']
  assert.deepEqual(kept({ 'whitelist.pathmatchers': 'bucket/raw/*.json' }, paths), ['bucket/raw/a.json'])
  assert.deepEqual(kept({ 'whitelist.pathmatchers': '*.json' }, paths), ['bucket/raw/a.json'])
  assert.deepEqual(kept({ 'whitelist.pathmatchers': '**/*.json' }, paths, 'bucket/raw'), [
    'bucket/raw/a.json',
    'bucket/raw/deep/b.json',
  ])
  assert.deepEqual(kept({ 'blacklist.pathmatchers': 'deep/**' }, paths), ['bucket/raw/a.json', 'bucket/raw/a.csv'])
  assert.deepEqual(
    kept({ 'whitelist.pathmatchers': '**/*.json', 'blacklist.pathmatchers': 'bucket/raw/deep/' }, paths),
    ['bucket/raw/a.json'],
  )
})

test('path_exclusions opens the gate explicitly, a pattern alone too, and false closes it', () => {
  const paths = ['bucket/raw/a.json', 'bucket/raw/a.csv']
  assert.deepEqual(kept({ path_exclusions: true, 'whitelist.pathmatchers': '*.csv' }, paths), ['bucket/raw/a.csv'])
  assert.deepEqual(kept({ 'whitelist.pathmatchers': '*.csv' }, paths), ['bucket/raw/a.csv'])
  assert.deepEqual(kept({ path_exclusions: false, 'whitelist.pathmatchers': '*.csv' }, paths), paths)
})

test('files that were last changed before ignore.files.older.than.ms are left out', () => {
  const selection = fileSelection({ 'ignore.files.older.than.ms': 5000 }, 'bucket')
  assert.equal(selection(file('bucket/old', 1, 4999)), false)
  assert.equal(selection(file('bucket/new', 1, 5000)), true)
  assert.equal(selection({ path: 'bucket/unknown', bytes: 1, version: 'v' }), true)
})
