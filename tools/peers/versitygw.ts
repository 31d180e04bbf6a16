import { randomBytes } from 'node:crypto'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Recipe } from './cache.ts'
import { runCommand } from './run-command.ts'
import { startServer } from './start-server.ts'

const version = 'v1.7.0'

/** An S3 server over a folder: https://github.com/versity/versitygw. Built from source by Go; the first time takes minutes. */
export const versitygwRecipe: Recipe = {
  name: 'versitygw',
  stamp: `versitygw ${version} ${process.platform}-${process.arch}`,
  async install(folder) {
    await runCommand('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${version}`], {
      GOBIN: folder,
      GOFLAGS: '',
    })
  },
}

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  /** The folder that holds the buckets. */
  readonly dir: string
  /** Ends the server, and removes its folder unless it was given. */
  stop(): Promise<void>
}

export interface S3ServerOptions {
  /** Folder for the buckets; a temporary one unless given. Must be on a file system with extended attributes. */
  readonly dir?: string
  readonly accessKey?: string
  readonly secretKey?: string
  /** A user who is known and owns nothing: every bucket denies it. */
  readonly guest?: { readonly access: string; readonly secret: string }
}

export async function startVersitygw(folder: string, options: S3ServerOptions = {}): Promise<S3Server> {
  const dir = path.resolve(options.dir ?? (await mkdtemp(path.join(os.tmpdir(), 'leat-s3-'))))
  await mkdir(dir, { recursive: true })
  const accessKey = options.accessKey ?? 'leat-test'
  const secretKey = options.secretKey ?? randomBytes(16).toString('hex')
  const users = options.guest && (await usersOf(options.guest))
  const server = await startServer((port) => ({
    command: path.join(folder, 'versitygw'),
    args: ['--port', `127.0.0.1:${port}`, '--quiet', ...(users ? ['--iam-dir', users] : []), 'posix', dir],
    env: { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
  }))
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    accessKey,
    secretKey,
    region: 'us-east-1',
    dir,
    async stop() {
      await server.stop()
      if (users !== undefined) await rm(users, { recursive: true, force: true })
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
    },
  }
}

/** As `versitygw admin create-user` writes it. */
async function usersOf({ access, secret }: { access: string; secret: string }): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leat-s3-users-'))
  const account = { access, secret, role: 'user', userID: 0, groupID: 0, projectID: 0 }
  await writeFile(path.join(folder, 'users.json'), JSON.stringify({ accessAccounts: { [access]: account } }))
  return folder
}
