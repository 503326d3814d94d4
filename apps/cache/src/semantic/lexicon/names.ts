import { wordMap, wordSet } from './word-list.js';

/** Proper names that people write without capitals: never typing errors of one another. */
export const knownNames = wordSet(
  'afghanistan albania algeria argentina armenia australia austria azerbaijan bahrain bangladesh belarus belgium bolivia',
  'botswana brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus czechia denmark ecuador egypt',
  'estonia ethiopia finland france gambia georgia germany ghana greece greenland guatemala haiti honduras hungary iceland india',
  'indonesia iran iraq ireland israel italy jamaica japan jordan kazakhstan kenya kuwait laos latvia lebanon libya lithuania',
  'luxembourg malaysia mali malta mexico moldova monaco mongolia morocco mozambique myanmar namibia nepal netherlands niger',
  'nigeria norway oman pakistan panama paraguay peru philippines poland portugal qatar romania russia rwanda senegal serbia',
  'singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tanzania thailand tunisia turkey uganda',
  'ukraine uruguay uzbekistan venezuela vietnam yemen zambia zimbabwe england scotland wales britain korea usa uk uae eu',
  'africa asia europe antarctica america atlantic pacific arctic alaska arizona california colorado florida hawaii illinois',
  'michigan nevada ohio oregon texas utah virginia washington boston chicago dallas denver detroit houston miami philadelphia',
  'phoenix seattle austin amsterdam athens bangkok barcelona beijing berlin bogota brussels budapest cairo copenhagen delhi',
  'dubai dublin edinburgh florence frankfurt geneva hamburg helsinki istanbul jakarta johannesburg kyoto lagos lima lisbon',
  'london lyon madrid manchester melbourne milan montreal moscow mumbai munich nairobi naples osaka oslo paris prague rome',
  'shanghai stockholm sydney tokyo toronto vancouver venice vienna warsaw zurich nyc everest amazon nile mercury venus mars',
  'jupiter saturn uranus neptune pluto english french german spanish italian portuguese dutch swedish norwegian danish finnish',
  'polish czech russian ukrainian greek turkish arabic hebrew hindi urdu bengali tamil chinese mandarin cantonese japanese',
  'korean vietnamese thai indonesian latin swahili american british canadian australian indian mexican brazilian python java',
  'javascript typescript ruby rust golang kotlin swift php perl scala haskell elixir julia matlab c++ c# f# sql html css bash',
  'react angular vue svelte django flask fastapi spring rails laravel nextjs nodejs express nestjs numpy pandas pytorch',
  'tensorflow keras docker kubernetes podman terraform ansible jenkins github gitlab bitbucket git svn linux windows macos',
  'ubuntu debian fedora android ios iphone ipad macbook pixel galaxy postgresql mysql mariadb sqlite mongodb redis cassandra',
  'oracle elasticsearch kafka rabbitmq nginx apache aws azure gcp google apple microsoft meta facebook instagram whatsapp',
  'twitter tiktok youtube netflix spotify disney tesla toyota honda ford bmw audi mercedes volkswagen nissan hyundai boeing',
  'airbus samsung sony nintendo playstation xbox nvidia intel amd qualcomm openai chatgpt claude gemini copilot llama excel',
  'word powerpoint outlook gmail slack zoom teams notion jira trello figma photoshop paypal stripe visa mastercard amex ebay',
  'uber lyft airbnb starbucks mcdonalds walmart ikea costco einstein newton galileo darwin tesla edison curie hawking',
  'shakespeare dickens tolstoy hemingway mozart beethoven bach picasso michelangelo napoleon caesar lincoln obama trump biden',
  'kennedy roosevelt churchill hitler stalin lenin gandhi mandela bitcoin ethereum solana dogecoin litecoin ibuprofen',
  'paracetamol acetaminophen aspirin amoxicillin penicillin metformin insulin messi ronaldo jesus buddha muhammad moses plato',
  'socrates aristotle nietzsche kant freud jung marx islam christianity judaism buddhism hinduism ramadan christmas easter',
  'thanksgiving halloween hanukkah diwali nasa fbi cia nato who unicef',
);

/** Other names of the same thing, one word each. */
export const nameAliases = wordMap(
  `america=usa us=usa britain=uk england=england js=javascript ts=typescript py=python k8s=kubernetes postgres=postgresql
  mongo=mongodb golang=go osx=macos mac=macos cpp=c++ csharp=c# node=nodejs btc=bitcoin eth=ethereum fb=facebook insta=instagram
  yt=youtube gpt=gpt acetaminophen=paracetamol tylenol=paracetamol advil=ibuprofen holland=netherlands xmas=christmas
  french=france german=germany italian=italy spanish=spain portuguese=portugal japanese=japan chinese=china russian=russia
  canadian=canada australian=australia indian=india mexican=mexico brazilian=brazil swedish=sweden norwegian=norway
  danish=denmark finnish=finland greek=greece turkish=turkey american=usa british=uk korean=korea egyptian=egypt
  irish=ireland austrian=austria swiss=switzerland belgian=belgium ukrainian=ukraine roman=rome european=europe african=africa
  asian=asia democrats=democrat republicans=republican`,
);

/** Names of several words and their one-word forms, lower case. */
export const nameForms: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(?:the )?united states(?: of america)?\b|\bu\.s\b\.?(?:a\b\.?)?/giu, 'USA'],
  [/\bUS\b/gu, 'USA'],
  [/\b(?:do[ -])?while[ -]loop/giu, 'whileloop'],
  [/\bfor[ -]?each[ -]loop/giu, 'foreachloop'],
  [/\bfor[ -]loop/giu, 'forloop'],
  [/\b(?:the )?united kingdom\b|\bgreat britain\b|\bu\.k\./giu, 'UK'],
  [/\bnew york(?: city)?\b|\bNYC\b/giu, 'NewYork'],
  [/\blos angeles\b|\bL\.?A\.?(?=[\s,.?!]|$)/gu, 'LosAngeles'],
  [/\bamazon web services\b/giu, 'AWS'],
  [/\bnode\.?js\b/giu, 'NodeJS'],
  [/\bnext\.?js\b/giu, 'NextJS'],
  [/\bvue\.?js\b/giu, 'Vue'],
  [/\breact\.?js\b/giu, 'React'],
  [/\bartificial intelligence\b/giu, 'AI'],
  [/\bmachine learning\b|(?<!\d ?)\bML\b/gu, 'MachineLearning'],
  [/\bworld war (?:ii|2|two)\b|\bww ?(?:ii|2)\b|\bsecond world war\b/giu, 'WWII'],
  [/\bworld war (?:i|1|one)\b|\bww ?(?:i|1)\b|\bfirst world war\b/giu, 'WWI'],
];
