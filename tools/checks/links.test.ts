import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headingsIn, linksIn, pathsIn } from './links.ts'

test('links are found outside of code, without those to other places', () => {
  const text =
    '[a](docs/a.md) ![b](b.png) [c](https://x.org/c) [d](#here)\n`[e](e.md)`\n```md\n[f](f.md)\n```\n[g](g.md#part)'
  assert.deepEqual(linksIn(text), ['docs/a.md', 'b.png', '#here', 'g.md#part'])
})

test('a heading is linked by its words', () => {
  assert.deepEqual(
    [...headingsIn('# Life of a record\n## `PUT /x`: what, then?\n')],
    ['life-of-a-record', 'put-x-what-then'],
  )
})

test('paths are code that begins with a folder of the repository', () => {
  assert.deepEqual(pathsIn('`packages/engine/src/index.ts`, `deliver.ts`, `a/b`, `connectors/`\n`apps/cli`'), [
    'packages/engine/src/index.ts',
    'apps/cli',
  ])
})
