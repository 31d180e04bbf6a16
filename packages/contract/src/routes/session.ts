import { route } from '../route.ts'
import { loggedOut, tokenResponse, user } from '../resources/session.ts'

export const sessionRoutes = {
  create_token: route({
    method: 'POST',
    path: '/token',
    summary: 'Exchange a service key for an access token',
    tag: 'session',
    response: tokenResponse,
    access: 'none',
  }),
  logout: route({
    method: 'POST',
    path: '/token/logout',
    summary: 'End the access token of this call',
    tag: 'session',
    response: loggedOut,
    access: 'member',
  }),
  get_current_user: route({
    method: 'GET',
    path: '/users/current',
    summary: 'The caller, with organisations',
    tag: 'session',
    response: user,
    access: 'member',
  }),
}
