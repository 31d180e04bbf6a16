import type { Json, JsonObject, Part, ReadRequest, SourceSession, Unit, UnitsRequest } from '../contract.ts'
import { Fault } from '../faults.ts'
import { fileSelection } from './file-selection.ts'
import type { FileStore, StoredFile } from './file-store.ts'
import { settled } from './settled.ts'
import { throwIfCancelled } from './within.ts'

/**
 * A source session over a file store: one unit per file, one object part per unit. A unit's version is the file's, so a
 * changed file is a new piece of work; its checkpoint says that the whole file was read.
 */
export function fileSource(store: FileStore, options: JsonObject, folder: string): SourceSession {
  return {
    units: (request) => units(store, options, folder, request),
    read: (unit, request) => read(store, unit, request),
    async [Symbol.asyncDispose]() {},
  }
}

async function* units(
  store: FileStore,
  options: JsonObject,
  folder: string,
  request: UnitsRequest,
): AsyncIterable<Unit> {
  const isSelected = fileSelection(options, folder)
  const stableAfterMs = options['stable_after_ms']
  const restMs = typeof stableAfterMs === 'number' ? stableAfterMs : store.settleMs
  const selected = filtered(store.list(folder, request.signal), isSelected)
  for await (const file of settled(store, selected, restMs, request.signal)) {
    throwIfCancelled(request.signal)
    yield unitOf(file)
  }
}

async function* filtered(
  pages: AsyncIterable<readonly StoredFile[]>,
  keep: (file: StoredFile) => boolean,
): AsyncIterable<StoredFile> {
  for await (const page of pages) for (const file of page) if (keep(file)) yield file
}

function unitOf(file: StoredFile): Unit {
  const { path, bytes, version, modifiedAt } = file
  return {
    key: path,
    version,
    bytes,
    ...(modifiedAt === undefined ? {} : { modified_at: modifiedAt }),
    payload: { path, bytes, version },
  }
}

async function* read(store: FileStore, unit: Unit, request: ReadRequest): AsyncIterable<Part> {
  const file = fileOf(unit)
  if (isDone(request.checkpoint, file)) return
  const verify = async (): Promise<void> => {
    const now = await store.stat(file.path, request.signal)
    if (now?.version !== file.version) throw objectChanged(file.path)
  }
  yield {
    kind: 'object',
    origin: unit.key,
    size: file.bytes,
    open: ({ offset = 0, signal, buffers } = {}) =>
      store.open(
        file,
        offset,
        signal === undefined ? request.signal : AbortSignal.any([signal, request.signal]),
        buffers,
      ),
    ...(store.isPinned(file) ? {} : { verify }),
    checkpoint: { read: file.version },
  }
}

function fileOf(unit: Unit): StoredFile {
  const { path, bytes, version } = unit.payload
  if (typeof path !== 'string' || typeof bytes !== 'number' || typeof version !== 'string')
    throw new Fault({
      kind: 'bug',
      code: 'files.unit_invalid',
      message: `The unit ${unit.key} has no path, size and version in it.`,
    })
  return { path, bytes, version }
}

function isDone(checkpoint: Json, file: StoredFile): boolean {
  return (
    checkpoint !== null && typeof checkpoint === 'object' && 'read' in checkpoint && checkpoint['read'] === file.version
  )
}

/** The file is not the version that was listed. The next run lists and reads the new one. */
export function objectChanged(path: string, cause?: unknown): Fault {
  return new Fault({
    kind: 'transient',
    code: 'source.object_changed',
    message: `${path} changed while it was read, or was removed. Nothing of it was taken; the next run reads it as it is then.`,
    cause,
  })
}
