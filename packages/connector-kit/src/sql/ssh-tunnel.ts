import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import type { JsonObject } from '../contract.ts'
import { Fault } from '../faults.ts'
import { NetworkPolicy, refuse } from '../network/network-policy.ts'
import { admitOwnPort, guardSockets } from '../network/socket-guard.ts'

/** A local port that leads to the server behind the bastion. */
export interface Tunnel {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Opens an SSH connection to the bastion of a credential (C-SSH) and a port of 127.0.0.1 whose connections go through it to `to`. */
export async function openTunnel(
  credentials: JsonObject,
  to: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Tunnel> {
  // Names are resolved at the bastion, and the networks behind it are its own: only what is a metadata address anywhere is refused.
  refuse(new NetworkPolicy({}).refusalOfHost(to.host), to.host)
  guardSockets()
  const { Client } = (await import('ssh2')).default
  const client = new Client()
  const bastion = `${String(credentials['tunnel.bastion.host'])}:${String(credentials['tunnel.bastion.port'] ?? 22)}`
  let otherKey: string | null = null
  await new Promise<void>((ready, failed) => {
    client.once('ready', ready).once('error', failed)
    client.once('close', () => failed(new Error('the connection was closed')))
    signal.addEventListener('abort', () => failed(new DOMException('cancelled', 'AbortError')), { once: true })
    try {
      client.connect({
        host: String(credentials['tunnel.bastion.host']),
        port: Number(credentials['tunnel.bastion.port'] ?? 22),
        username: String(credentials['tunnel.bastion.user']),
        readyTimeout: 15_000,
        keepaliveInterval: 10_000,
        ...given(credentials, 'tunnel.bastion.private_key', 'privateKey'),
        ...given(credentials, 'tunnel.bastion.private_key_passphrase', 'passphrase'),
        ...given(credentials, 'tunnel.bastion.password', 'password'),
        hostVerifier: (key: Buffer) => {
          const wanted = credentials['tunnel.bastion.host_key']
          const found = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
          if (typeof wanted !== 'string' || same(found, wanted.replace(/=+$/, ''))) return true
          otherKey = found
          return false
        },
      })
    } catch (thrown) {
      failed(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }).catch((thrown: Error & { level?: string }) => {
    client.destroy()
    throw tunnelFault(thrown, bastion, String(credentials['tunnel.bastion.user']), otherKey)
  })
  client.on('error', () => undefined)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, channel) => {
      if (error) {
        socket.destroy()
        return
      }
      channel.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('close', () => channel.destroy())
      socket.pipe(channel).pipe(socket)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const dismiss = admitOwnPort(port)
  return {
    host: '127.0.0.1',
    port,
    async close() {
      dismiss()
      server.close()
      client.end()
    },
  }
}

function given(credentials: JsonObject, key: string, as: string): Record<string, string> {
  const value = credentials[key]
  return typeof value === 'string' ? { [as]: value } : {}
}

function same(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
}

function tunnelFault(
  thrown: Error & { level?: string },
  bastion: string,
  user: string,
  otherKey: string | null,
): Fault {
  if (thrown instanceof Fault) return thrown
  const said = thrown.message.slice(0, 200)
  if (thrown.name === 'AbortError')
    return new Fault({
      kind: 'cancelled',
      code: 'platform.cancelled',
      message: 'The work was cancelled.',
      cause: thrown,
    })
  if (otherKey !== null)
    return new Fault({
      kind: 'auth',
      code: 'tunnel.host_key_other',
      field: 'tunnel.bastion.host_key',
      message: `The bastion ${bastion} has the key ${otherKey}, not the one of the credential. Somebody may stand between, or the bastion has a new key.`,
    })
  if (thrown.level === 'client-authentication')
    return new Fault({
      kind: 'auth',
      code: 'tunnel.login_refused',
      field: 'tunnel.bastion.user',
      message: `The bastion ${bastion} refused the login of "${user}". Check the user and its private key or password.`,
      cause: thrown,
    })
  if (/privateKey|passphrase|parse/i.test(said))
    return new Fault({
      kind: 'config',
      code: 'tunnel.key_unreadable',
      field: 'tunnel.bastion.private_key',
      message:
        'The private key for the bastion cannot be read. Give the whole text of an OpenSSH or PEM key, and its passphrase if it has one.',
    })
  return new Fault({
    kind: 'transient',
    code: 'tunnel.unreachable',
    message: `The bastion ${bastion} cannot be reached: ${said}.`,
    cause: thrown,
  })
}
