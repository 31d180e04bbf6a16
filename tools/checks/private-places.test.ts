import assert from 'node:assert/strict'
import { test } from 'node:test'
import { privatePlacesIn } from './private-places.ts'

test('paths of one machine and private registries are found, public ones are not', () => {
  for (const line of [
    'cd /home/anna/leat',
    "open('/root/x')",
    '/Users/anna/x',
    'see /work/main/a.ts',
    '  "resolved": "https://x.org/a.tgz"',
    'https://npm-registry.example.com/x',
    'C:\\Users\\Anna',
  ])
    assert.equal(privatePlacesIn(`ok\n${line}`).length, 1, line)
  for (const line of [
    '/home/user/data',
    'https://registry.npmjs.org/leat',
    's3://bucket/root/x',
    './work/x',
    'https://pypi.org/project/x',
    'a/home/b',
  ])
    assert.deepEqual(privatePlacesIn(line), [], line)
})
