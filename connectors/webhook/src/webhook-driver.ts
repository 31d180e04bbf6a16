import {
  Fault,
  type ConnectContext,
  type Connection,
  type Inbox,
  type InboxPart,
  type Json,
  type JsonObject,
  type Part,
  type SourceSession,
  type Unit,
} from '@leat/connector-kit'

/** Reads what the server took in at the URL of the source. */
export async function connect(_credentials: JsonObject, { inbox }: ConnectContext): Promise<Connection> {
  return {
    check: async () => void openInbox(inbox),
    source: (options) => inboxSession(openInbox(inbox), options['schema.detection.once'] === false),
    async [Symbol.asyncDispose]() {},
  }
}

function openInbox(inbox: Inbox | undefined): Inbox {
  if (inbox !== undefined) return inbox
  throw new Fault({
    kind: 'config',
    code: 'nexla_rest.no_inbox',
    message: 'This source has no inbox. Records belong to a source: create it first, then post them to its hosted_url.',
  })
}

function inboxSession(inbox: Inbox, everyShape: boolean): SourceSession {
  return {
    async *units({ signal }) {
      for await (const part of inbox.list()) {
        signal.throwIfAborted()
        yield unitOf(part)
      }
    },
    async *read(unit, { checkpoint, signal }) {
      signal.throwIfAborted()
      if (!isDone(checkpoint, unit)) yield partOf(inbox, unit, everyShape)
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** What came in one request may be large: whoever reads it can stop in the middle. */
const pieceBytes = 1 << 20

/** A part never changes: its key is its version. */
function unitOf({ key, bytes, received_at, place }: InboxPart): Unit {
  return { key, version: key, bytes, modified_at: received_at, payload: { place: { ...place } } }
}

function isDone(checkpoint: Json, unit: Unit): boolean {
  return (
    checkpoint !== null && typeof checkpoint === 'object' && 'read' in checkpoint && checkpoint['read'] === unit.key
  )
}

function partOf(inbox: Inbox, unit: Unit, everyShape: boolean): Part {
  const place = unit.payload['place'] as unknown as InboxPart['place']
  const forced = place.flags !== 0
  return {
    kind: 'object',
    origin: unit.key,
    size: unit.bytes,
    format: 'ndjson',
    checkpoint: { read: unit.key },
    ...(forced ? { fresh_shape: true } : {}),
    ...(forced || everyShape ? { mixed_shapes: true } : {}),
    async *open({ offset = 0, signal } = {}) {
      for await (const lines of inbox.open({ place }, offset)) {
        for (let at = 0; at < lines.length; at += pieceBytes) {
          signal?.throwIfAborted()
          yield lines.subarray(at, at + pieceBytes)
        }
      }
    },
  }
}
