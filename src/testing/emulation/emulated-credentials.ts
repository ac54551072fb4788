/** Credentials that the emulation accepts. Each entry can be spread into its preset. */
export interface EmulatedCredentials {
  cam2: { clientId: string; clientSecret: string }
  /** An application of a script: it may use client credentials, and never gets a refresh token. */
  camdram: { clientId: string; clientSecret: string }
  /** A website: users sign in to it, and it gets refresh tokens. */
  camdramWebsite: { clientId: string; clientSecret: string; redirectUri: string }
  dive: { clientKey: string; deviceId: string }
  /** The document's own combination: a user's name and password (which the API takes as MD5). */
  diveUser: { clientKey: string; username: string; password: string }
  musement: { clientId: string; clientSecret: string }
  musementUser: { clientId: string; clientSecret: string; username: string; password: string }
}

/** The MD5 of `diveUser.password`: WebCrypto has no MD5, and the emulation needs no other one. */
export const divePasswordMd5 = '82a728244e406795fd39ffe4cec041ab'

/** Made up; nothing outside an emulation accepts them. */
export function createEmulatedCredentials(): EmulatedCredentials {
  return {
    cam2: { clientId: 'emulated-cam2-client', clientSecret: 'emulated-cam2-secret' },
    camdram: { clientId: '7_emulated-camdram-script', clientSecret: 'emulated-camdram-script-secret' },
    camdramWebsite: {
      clientId: '8_emulated-camdram-website',
      clientSecret: 'emulated-camdram-website-secret',
      redirectUri: 'http://127.0.0.1:4000/callback',
    },
    dive: { clientKey: 'emulated-dive-key', deviceId: '123456' },
    diveUser: { clientKey: 'emulated-dive-key', username: 'viewer@dive.example', password: 'emulated-dive-password' },
    musement: { clientId: '9_emulated-musement-client', clientSecret: 'emulated-musement-secret' },
    musementUser: {
      clientId: '9_emulated-musement-client',
      clientSecret: 'emulated-musement-secret',
      username: 'traveller@musement.example',
      password: 'emulated-musement-password',
    },
  }
}
