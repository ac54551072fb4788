/** A file of profiles to begin with. The page docs/cli.md has more. */
export const exampleProfiles = `{ "profiles": { "cameras": {
  "preset": "oauth2",
  "options": { "tokenUrl": "https://auth.example.com/token",
    "apiUrl": "https://api.example.com",
    "clientId": "my-app", "clientSecret": "env:CLIENT_SECRET" }
} } }`
