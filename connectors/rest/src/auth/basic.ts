import { withHeader, type Auth } from './auth.ts'

export function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

export function basic(user: string, password: string): Auth {
  return { sign: (draft) => withHeader(draft, 'authorization', basicHeader(user, password)) }
}
