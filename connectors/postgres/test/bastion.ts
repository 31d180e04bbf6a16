import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import ssh2 from 'ssh2'

interface Bastion {
  readonly port: number
  readonly fingerprint: string
  /** Private key of the user, PEM, closed with `open sesame`. */
  readonly userKey: string
  readonly forwarded: () => number
  close(): void
}

/** A bastion with one user, who comes with a password or a key, and which forwards connections. */
export async function startBastion(): Promise<Bastion> {
  const userKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const userKey = userKeys.privateKey.export({
    type: 'pkcs1',
    format: 'pem',
    cipher: 'aes-128-cbc',
    passphrase: 'open sesame',
  })
  const allowed = ssh2.utils.parseKey(userKey, 'open sesame')
  assert.ok(!(allowed instanceof Error) && !Array.isArray(allowed))
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  let forwarded = 0
  const bastion = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (login) => {
      if (login.method === 'password' && login.username === 'jump' && login.password === 'right-password')
        login.accept()
      else if (
        login.method === 'publickey' &&
        login.username === 'jump' &&
        login.key.data.equals(allowed.getPublicSSH()) &&
        (login.signature === undefined ||
          allowed.verify(login.blob!, login.signature, login.hashAlgo as string | undefined) === true)
      )
        login.accept()
      else login.reject(['password', 'publickey'])
    })
    client.on('ready', () =>
      client.on('tcpip', (accept, _reject, { destIP, destPort }) => {
        forwarded++
        const channel = accept()
        const socket = connectTcp(destPort, destIP)
        socket.on('error', () => channel.close())
        channel.on('error', () => socket.destroy())
        channel.pipe(socket).pipe(channel)
      }),
    )
  })
  await new Promise<void>((listening) => bastion.listen(0, '127.0.0.1', listening))
  const parsed = ssh2.utils.parseKey(privateKey)
  assert.ok(!(parsed instanceof Error))
  const key = Array.isArray(parsed) ? parsed[0]! : parsed
  return {
    port: (bastion.address() as { port: number }).port,
    fingerprint: `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`,
    userKey: String(userKey),
    forwarded: () => forwarded,
    close: () => bastion.close(),
  }
}
