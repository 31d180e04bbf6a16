import { randomBytes } from 'node:crypto'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
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
}

export async function startVersitygw(folder: string, options: S3ServerOptions = {}): Promise<S3Server> {
  const dir = path.resolve(options.dir ?? (await mkdtemp(path.join(os.tmpdir(), 'leat-s3-'))))
  await mkdir(dir, { recursive: true })
  const accessKey = options.accessKey ?? 'leat-test'
  const secretKey = options.secretKey ?? randomBytes(16).toString('hex')
  const server = await startServer((port) => ({
    command: path.join(folder, 'versitygw'),
    args: ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', dir],
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
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
    },
  }
}
