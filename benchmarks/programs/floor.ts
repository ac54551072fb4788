// The two fetches that everybody has to make, and nothing that looks after the token.
const reply = await fetch(TOKEN_URL, {
  method: 'POST',
  headers: { authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}` },
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
})
const { access_token } = (await reply.json()) as { access_token: string }
const response = await fetch(API_URL, { headers: { authorization: `Bearer ${access_token}` } })
console.log(response.status)
