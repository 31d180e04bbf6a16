import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FolderSpace } from './folder-space.ts'
import { MemorySpace } from './memory-space.ts'
import type { Space } from './space.ts'

async function raceChanges(spaces: readonly Space[]): Promise<readonly string[]> {
  const turns = spaces.flatMap((space, who) =>
    Array.from({ length: 10 }, (_, turn) => ({ space, name: `${who}-${turn}` })),
  )
  await Promise.all(
    turns.map(({ space, name }) =>
      space.change('commit', (state) => ({ ...state, applied: [...state.applied, name] })),
    ),
  )
  const { applied } = await spaces[0]!.state()
  assert.deepEqual([...applied].sort(), turns.map(({ name }) => name).sort())
  return applied
}

test('changes at the same time are all kept, in one order', async () => {
  const memory = new MemorySpace('race')
  memory.beforePublish = async () => {}
  await raceChanges([memory, memory])
  const folder = await mkdtemp(join(tmpdir(), 'leat-space-'))
  try {
    await raceChanges([new FolderSpace(folder), new FolderSpace(folder)])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a change that throws, or dies before it is published, changes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leat-space-'))
  try {
    for (const space of [new MemorySpace('throws'), new FolderSpace(folder)]) {
      const before = await space.state()
      const refuse = () => {
        throw new Error('refused')
      }
      await assert.rejects(space.change('commit', refuse), /refused/)
      space.beforePublish = async () => refuse()
      await assert.rejects(
        space.change('commit', (state) => ({ ...state, applied: ['x'] })),
        /refused/,
      )
      assert.deepEqual(await space.state(), before)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
