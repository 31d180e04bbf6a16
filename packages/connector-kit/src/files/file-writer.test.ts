import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { EncodedFile, WriterRequest } from '../contract.ts'
import { deliveryToken, type StagedFile } from './delivery-token.ts'
import { FileWriter } from './file-writer.ts'
import { FolderStore } from './folder-store.ts'

const root = await mkdtemp(path.join(os.tmpdir(), 'leat-file-writer-'))
after(() => rm(root, { recursive: true, force: true }))
let sinks = 0

/** A sink folder of its own, and writers on it. */
function sink() {
  const folder = path.join(root, `sink-${sinks++}`)
  const store = new FolderStore({ name: 'local_file', folders: [root] })
  const request = (epoch: number): WriterRequest => ({
    id: 'sink-1',
    epoch,
    options: {},
    schema: { fields: [] },
    signal: new AbortController().signal,
  })
  return {
    folder,
    writer: (epoch: number) => new FileWriter(store, request(epoch), folder),
    async files(): Promise<Record<string, string>> {
      const names = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).filter((entry) =>
        entry.isFile(),
      )
      const found = names.map(async ({ parentPath, name }) => {
        const file = path.join(parentPath, name)
        return [path.relative(folder, file), await readFile(file, 'utf8')] as const
      })
      return Object.fromEntries((await Promise.all(found)).toSorted())
    },
  }
}

function encoded(name: string, body: string, bytes = Buffer.byteLength(body)): EncodedFile {
  return {
    name,
    encoding: 'ndjson',
    bytes,
    rows: 1,
    open: async function* () {
      yield Buffer.from(body)
    },
  }
}

const batch = (...files: readonly EncodedFile[]) => ({ kind: 'files', files }) as const

async function prepared(
  given: ReturnType<typeof sink>,
  epoch: number,
  files: readonly EncodedFile[],
): Promise<{ files: [StagedFile, StagedFile] }> {
  await using writer = given.writer(epoch)
  await writer.write(batch(...files))
  return deliveryToken(await writer.prepare()) as { files: [StagedFile, StagedFile] }
}

const two = [encoded('2026/a.json', 'A'), encoded('2026/b.json', 'B')]

test('PROMISE-FILE-COMMIT-REPEAT: a commit that died half way is finished by the next writer', async () => {
  const given = sink()
  const token = await prepared(given, 1, two)
  // The predecessor published the first file and tidied nothing.
  await using first = given.writer(1)
  await first.commit({ files: [token.files[0]] })
  await using second = given.writer(2)
  await second.commit(token)
  await second.commit(token)
  assert.deepEqual(await given.files(), { '2026/a.json': 'A', '2026/b.json': 'B' })
})

test('PROMISE-FILE-COMMIT-LOSS: a token whose bytes are nowhere is a loud fault, never a silent success', async () => {
  const given = sink()
  const token = await prepared(given, 1, two)
  await unlink(token.files[1].staged)
  await using writer = given.writer(2)
  await assert.rejects(writer.commit(token), (fault: Error & { code: string }) => {
    assert.equal(fault.code, 'local_file.staged_lost')
    assert.match(fault.message, /2026\/b\.json/)
    return true
  })
})

test('a final file of the same size that is not of this delivery does not count as published', async () => {
  const given = sink()
  const token = await prepared(given, 1, [encoded('a.json', 'A')])
  await rename(token.files[0].staged, path.join(given.folder, 'elsewhere'))
  await writeFile(path.join(given.folder, 'a.json'), 'X')
  await utimes(path.join(given.folder, 'a.json'), 1, 1)
  await using writer = given.writer(2)
  await assert.rejects(writer.commit(token), { code: 'local_file.staged_lost' })
})

test('a second delivery under the same name replaces the first', async () => {
  const given = sink()
  for (const body of ['first', 'second']) {
    await using writer = given.writer(1)
    await writer.write(batch(encoded('a.json', body)))
    await writer.commit(await writer.prepare())
  }
  assert.deepEqual(await given.files(), { 'a.json': 'second' })
})

test('PROMISE-STAGING-SWEPT: a sweep removes the staging of this and of earlier epochs, and leaves kept tokens and later epochs alone', async () => {
  const given = sink()
  const kept = await prepared(given, 1, [encoded('kept', 'k')])
  await prepared(given, 1, [encoded('old', 'o')])
  await prepared(given, 2, [encoded('own', 'w')])
  const later = await prepared(given, 3, [encoded('later', 'l')])
  await using writer = given.writer(2)
  await writer.sweep([kept])
  assert.deepEqual(Object.values(await given.files()).toSorted(), ['k', 'l'])
  await writer.commit(kept)
  await writer.commit(later)
  assert.deepEqual(await given.files(), { kept: 'k', later: 'l' })
  assert.deepEqual((await readdir(given.folder)).toSorted(), ['kept', 'later'], 'the empty staging folder is gone')
})

test('PROMISE-STAGING-SWEPT: what a writer wrote and did not prepare is removed when it is disposed', async () => {
  const given = sink()
  {
    await using writer = given.writer(1)
    await writer.write(batch(encoded('a.json', 'A')))
  }
  assert.deepEqual(await given.files(), {})
})

test('PROMISE-STAGING-SWEPT: a file that breaks off leaves nothing, and the others of its batch can be given up', async () => {
  const given = sink()
  const broken: EncodedFile = {
    ...encoded('b.json', ''),
    open: async function* () {
      yield Buffer.from('half')
      throw new Error('disk gone')
    },
  }
  {
    await using writer = given.writer(1)
    await assert.rejects(writer.write(batch(encoded('a.json', 'A'), broken)), /disk gone/)
  }
  assert.deepEqual(await given.files(), {})
})

test('a file with fewer bytes than it said is not taken', async () => {
  await using writer = sink().writer(1)
  await assert.rejects(writer.write(batch(encoded('a.json', 'A', 100))), { code: 'local_file.short_write' })
})

for (const name of ['../outside', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a\0b'])
  test(`the name ${JSON.stringify(name)} is refused`, async () => {
    await using writer = sink().writer(1)
    await assert.rejects(writer.write(batch(encoded(name, 'x'))), { code: 'files.name_invalid', kind: 'data' })
  })

test('a token that is none of a file sink is refused', async () => {
  await using writer = sink().writer(1)
  await assert.rejects(writer.commit({ table: 'orders' }), { code: 'files.token_invalid' })
})
