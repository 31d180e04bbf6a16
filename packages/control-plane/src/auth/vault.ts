import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, type JsonObject } from '@leat/connector-kit'
import type { Database } from '../database/connection.ts'
import { jsonb } from '../database/column.ts'

/** What the secrets of a credential are sealed for: the API seals them, workers open them. */
export const credentialPurpose = 'data_credential'

/** Seals what must not be read from the database alone. */
export interface Vault {
  /** AES-256-GCM over the JSON of `value`. `purpose` binds the result to its place: opening with another purpose fails. */
  seal(purpose: string, value: JsonObject): Buffer
  /** Throws `config` with code `vault.unreadable` when the bytes were changed or sealed with another key. */
  open(purpose: string, sealed: Uint8Array): JsonObject
  /** Keyed digest: equal texts give equal bytes, and the text cannot be guessed from them without the key. */
  fingerprint(text: string): Buffer
}

const version = 1
const keyBytes = 32

/**
 * The master key: `masterKey` (LEAT_MASTER_KEY: base64 of 32 bytes), else the file `<data>/master-key` (mode 0600), which is made when
 * it is missing. Checked against the database, so that a wrong key stops the start instead of the first run.
 * Throws `config`: `vault.bad_key` (not 32 bytes), `vault.wrong_key` (not the one that sealed what is there).
 */
export async function openVault(settings: {
  readonly db: Database
  readonly dataFolder: string
  readonly masterKey?: string | undefined
}): Promise<Vault> {
  const file = join(settings.dataFolder, 'master-key')
  const from = settings.masterKey === undefined ? file : 'LEAT_MASTER_KEY'
  const key = decodeKey(settings.masterKey ?? (await readOrMakeKey(file)), from)
  await checkKey(settings.db, key, from)
  return vaultOf(key)
}

export function vaultOf(key: Buffer): Vault {
  const keyId = createHash('sha256').update('leat key id').update(key).digest().subarray(0, 4)
  return {
    seal(purpose, value) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
      const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      // Envelope: version (1 byte), key id (4), nonce (12), tag (16), ciphertext.
      return Buffer.concat([Buffer.from([version]), keyId, nonce, cipher.getAuthTag(), sealed])
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed)
      if (bytes[0] !== version)
        throw unreadable(`it has envelope version ${bytes[0]}, and this version of Leat knows ${version}`)
      if (!bytes.subarray(1, 5).equals(keyId)) throw unreadable('it was sealed with another master key')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(5, 17))
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(17, 33))
        return JSON.parse(
          Buffer.concat([decipher.update(bytes.subarray(33)), decipher.final()]).toString('utf8'),
        ) as JsonObject
      } catch {
        throw unreadable('its bytes were changed')
      }
    },
    fingerprint: (text) => createHmac('sha256', key).update('leat fingerprint').update(text).digest(),
  }
}

function unreadable(why: string): Fault {
  return new Fault({
    kind: 'config',
    code: 'vault.unreadable',
    message: `A sealed credential cannot be opened: ${why}. Enter its secrets again, or start Leat with the key that sealed it.`,
  })
}

async function readOrMakeKey(file: string): Promise<string> {
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Fault({
      kind: 'config',
      code: 'vault.unreadable_key',
      message: `The master key ${file} cannot be read (${error.code}). Start Leat as the user that owns it, or set LEAT_MASTER_KEY.`,
    })
  })
  if (found !== null) return found
  await mkdir(join(file, '..'), { recursive: true })
  const aside = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(aside, randomBytes(keyBytes).toString('base64') + '\n', { mode: 0o600, flush: true })
  // `link` fails when another process was first: then its key counts.
  await link(aside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await unlink(aside)
  return readFile(file, 'utf8')
}

function decodeKey(text: string, from: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === keyBytes) return key
  throw new Fault({
    kind: 'config',
    code: 'vault.bad_key',
    message: `${from} must hold 32 bytes in base64 (44 characters), but it holds ${key.length} bytes. Make one with: head -c 32 /dev/urandom | base64`,
  })
}

/** The database remembers a digest of its key. */
async function checkKey(db: Database, key: Buffer, from: string): Promise<void> {
  const digest = createHmac('sha256', key).update('leat key check').digest('base64')
  await db
    .insertInto('setting')
    .values({ key: 'vault_check', value: jsonb(digest) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await db.selectFrom('setting').select('value').where('key', '=', 'vault_check').executeTakeFirstOrThrow()
  const expected = Buffer.from(String(row.value))
  if (expected.length === digest.length && timingSafeEqual(expected, Buffer.from(digest))) return
  throw new Fault({
    kind: 'config',
    code: 'vault.wrong_key',
    message: `The master key in ${from} is not the one that sealed the credentials of this database. Start with the right key (LEAT_MASTER_KEY, or the file master-key of the data folder that this database began with).`,
  })
}
