// Pictures of the example for the documents: `npm run screenshots`. Needs Chromium.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright'
import { startApp } from './server/app.ts'

const folder = join(import.meta.dirname, '../../docs/images')
const wide = { width: 1280, height: 1180 }
const phone = { width: 390, height: 1560 }

const app = await startApp({ port: 0, lifetimeMs: 16_000, pollMs: 1_500, outageMs: 5_000 })
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
try {
  await mkdir(folder, { recursive: true })
  // One story for all pictures, so that each shows the same.
  await Promise.all([
    take(browser, 'example-app-light.png', 'light', wide),
    take(browser, 'example-app-dark.png', 'dark', wide),
    take(browser, 'example-app-phone.png', 'light', phone),
  ])
} finally {
  await browser.close()
  await app.close()
}

async function take(browser: Browser, name: string, colorScheme: 'light' | 'dark', viewport: typeof wide): Promise<void> {
  const page = await (await browser.newContext({ colorScheme, viewport })).newPage()
  await page.goto(app.url)
  await signIn(page)
  // One of the pages disturbs what all of them see.
  if (name.includes('light')) await disturb(page)
  await page.waitForFunction(
    () => document.querySelector('#log [data-kind="restored"]') && document.querySelector('#lane-of-cam2[data-state="fresh"]'),
    undefined,
    { timeout: 60_000 },
  )
  await page.waitForTimeout(1_500)
  await page.screenshot({ path: join(folder, name) })
}

async function signIn(page: Page): Promise<void> {
  await page.click('#visitor-sign-in')
  await page.click('#allow')
  await page.waitForSelector('#visitor-name')
  await page.click('#camdram-sign-in')
  await page.click('#log-in')
  // Camdram asks once: another one of the pages may have allowed it.
  await page.waitForSelector('#allow, #camdram-sign-out')
  if (await page.$('#allow')) await page.click('#allow')
  await page.waitForSelector('#camdram-sign-out')
}

async function disturb(page: Page): Promise<void> {
  await page.waitForTimeout(5_000)
  await page.click('[data-act="revoke"][data-lane="musement"]')
  await page.click('[data-act="revoke"][data-lane="camdram"]')
  await page.waitForSelector('#log [data-kind="replayed"]')
  await page.waitForTimeout(3_000)
  await page.click('[data-act="cutOff"][data-lane="cam2"]')
}
