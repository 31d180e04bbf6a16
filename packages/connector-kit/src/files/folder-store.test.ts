import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { folderFault } from './folder-faults.ts'
import { FolderStore } from './folder-store.ts'

const base = await mkdtemp(path.join(os.tmpdir(), 'leat-folder-store-'))
after(() => rm(base, { recursive: true, force: true }))
const signal = new AbortController().signal
let places = 0

/** An allowed folder `in`, and a folder `secret` beside it that is not. */
async function place(files: Readonly<Record<string, string>> = {}) {
  const root = path.join(base, `place-${places++}`)
  const inside = path.join(root, 'in')
  await mkdir(inside, { recursive: true })
  await mkdir(path.join(root, 'secret'))
  await writeFile(path.join(root, 'secret', 'password'), 'hunter2')
  for (const [name, body] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(inside, name)), { recursive: true })
    await writeFile(path.join(inside, name), body)
  }
  const store = new FolderStore({ name: 'local_file', folders: [inside] })
  return {
    root,
    inside,
    store,
    list: async (folder = inside) =>
      (await Array.fromAsync(store.list(folder, signal)))
        .flat()
        .map((file) => path.relative(inside, path.resolve(inside, file.path))),
  }
}

const content = (body: string) => ({
  bytes: body.length,
  open: async function* () {
    yield Buffer.from(body)
  },
})
const refused = { kind: 'config', code: 'local_file.not_allowed', field: 'path' }

test('files are listed with everything below, without the staging folder', async () => {
  const { list } = await place({ 'a.json': 'a', 'x/y/b.json': 'b', '.leat-staging/sink-1/1-a/c.staged': 'c' })
  assert.deepEqual((await list()).toSorted(), ['a.json', 'x/y/b.json'])
})

test('a path may be relative to an allowed folder, and may be one file', async () => {
  const { list } = await place({ 'x/a.json': 'a', 'x/b.json': 'b' })
  assert.deepEqual((await list('x')).toSorted(), ['x/a.json', 'x/b.json'])
  assert.deepEqual(await list('x/a.json'), ['x/a.json'])
})

for (const [what, wanted] of [
  ['a path outside', (root: string) => path.join(root, 'secret')],
  ['a path that climbs out', (_root: string) => 'x/../../secret'],
  ['a folder whose name begins like the allowed one', (root: string) => path.join(root, 'in-side')],
] as const)
  test(`PROMISE-FOLDERS-CONFINED: ${what} is refused by every operation`, async () => {
    const { root, store } = await place()
    const target = path.join(wanted(root), 'password')
    await assert.rejects(Array.fromAsync(store.list(wanted(root), signal)), refused)
    await assert.rejects(store.children(wanted(root), 10, signal), refused)
    await assert.rejects(store.stat(target, signal), refused)
    await assert.rejects(store.put(target, content('x'), signal), refused)
    await assert.rejects(store.remove([target], signal), refused)
    await assert.rejects(Array.fromAsync(store.open({ path: target, bytes: 7, version: 'v' }, 0, signal)), refused)
  })

test('PROMISE-FOLDERS-CONFINED: a link that leads outside is refused, as the path and in the middle of a listing', async () => {
  const { root, inside, store, list } = await place({ 'a.json': 'a' })
  await symlink(path.join(root, 'secret'), path.join(inside, 'link'))
  await assert.rejects(list('link'), refused)
  await assert.rejects(list(), refused)
  await assert.rejects(store.put(path.join(inside, 'link', 'new'), content('x'), signal), refused)
})

test('links inside are followed once, loops end, and a link that leads nowhere is left out', async () => {
  const { inside, list } = await place({ 'real/a.json': 'a' })
  await symlink(path.join(inside, 'real', 'a.json'), path.join(inside, 'b.json'))
  await symlink(inside, path.join(inside, 'real', 'loop'))
  await symlink(path.join(inside, 'gone'), path.join(inside, 'c.json'))
  assert.deepEqual((await list()).toSorted(), ['b.json', 'real/a.json'])
})

test('PROMISE-FOLDERS-CONFINED: no allowed folder means no access at all', async () => {
  const store = new FolderStore({ name: 'local_file', folders: [] })
  await assert.rejects(store.stat('/etc/passwd', signal), refused)
})

test('PROMISE-NO-MIXED-READ: a file that was replaced after it was listed is not read', async () => {
  const { inside, store } = await place({ 'a.json': 'old' })
  const [file] = (await Array.fromAsync(store.list(inside, signal))).flat()
  assert.ok(file)
  await rm(path.join(inside, 'a.json'))
  await assert.rejects(Array.fromAsync(store.open(file, 0, signal)), { code: 'source.object_changed' })
  await writeFile(path.join(inside, 'a.json'), 'new')
  await assert.rejects(Array.fromAsync(store.open(file, 0, signal)), { code: 'source.object_changed' })
})

test('PROMISE-NO-MIXED-READ: bytes that are appended while a file is read are not part of it', async () => {
  const { inside, store } = await place({ 'a.json': 'x'.repeat(5_000_000) })
  const [file] = (await Array.fromAsync(store.list(inside, signal))).flat()
  assert.ok(file)
  let bytes = 0
  for await (const chunk of store.open(file, 0, signal)) {
    if (bytes === 0) await appendFile(path.join(inside, 'a.json'), 'more')
    bytes += chunk.length
  }
  assert.equal(bytes, 5_000_000)
  assert.notEqual((await store.stat(file.path, signal))?.version, file.version)
})

test('a folder that is missing is told, unless missing means empty', async () => {
  const { inside, list } = await place()
  await assert.rejects(list('nowhere'), { kind: 'not_found', code: 'local_file.path_missing', field: 'path' })
  const lenient = new FolderStore({ name: 'file_upload', folders: [path.join(inside, 'later')], missingIsEmpty: true })
  assert.deepEqual(await Array.fromAsync(lenient.list('', signal)), [])
})

test('an existing file is not overwritten by a put', async () => {
  const { store } = await place({ 'a.staged': 'a' })
  await assert.rejects(store.put('a.staged', content('b'), signal), { code: 'EEXIST' })
})

test('errors of the file system say whose problem they are', () => {
  const kinds = {
    ENOSPC: 'transient local_file.disk_full',
    EACCES: 'auth local_file.permission_denied',
    EROFS: 'config local_file.read_only',
    ENAMETOOLONG: 'data local_file.name_too_long',
  }
  for (const [code, expected] of Object.entries(kinds)) {
    const fault = folderFault('local_file', '/data/out', Object.assign(new Error(code), { code })) as {
      kind: string
      code: string
      message: string
    }
    assert.equal(`${fault.kind} ${fault.code}`, expected)
    assert.match(fault.message, /\/data\/out/)
  }
  const other = new TypeError('bug')
  assert.equal(folderFault('local_file', '/data', other), other)
})
