import { createMinimum } from '../subjects/minimum.ts'

const call = createMinimum({ tokenUrl: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, fetch })
const response = await call(API_URL)
console.log(response.status)
