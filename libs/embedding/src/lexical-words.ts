const list = (text: string) => text.trim().split(/\s+/);

/**
 * Words that carry grammar or politeness and hardly any subject, in the languages that the guards know best.
 */
export const fillerWords: ReadonlySet<string> = new Set([
  ...list(`a an the this that these those of in on at to for from by with as and or but if then so than is are was were be
    been being am do does did doing done have has had having will would shall should can could may might must i me my
    mine we us our ours you your yours he him his she her hers it its they them their theirs there here what which who
    whom whose when where why how please kindly tell explain describe show give let know want need like just really
    quickly briefly actually basically hi hello hey thanks thank okay ok help wondering wonder question ask asking
    also about into it's i'm i'd what's that's there's you're exactly simply maybe perhaps some any s t re ll ve d m
    sorry excuse dumb stupid silly curious curiosity honestly happen anyone anybody mind appreciate assistant pls plz
    quick understand heard been good morning afternoon evening`),
  ...list(`der die das den dem des ein eine einen einem einer eines und oder aber wenn dann ist sind war waren sein bin
    bist hat habe haben hatte wird werden kann können könnte soll sollte muss darf ich mich mir mein meine wir uns unser
    du dich dir dein sie ihr ihn ihm es zu im in am an auf aus bei mit von vom für über was wer wie wo wann warum welche
    welcher welches bitte danke hallo sag erkläre erklären zeig mal doch denn auch nur`),
  ...list(`le la les un une des du de et ou mais si est sont était être a ai as avons avez ont je me moi mon ma mes nous
    notre vous votre tu te ton ta il elle ils elles ce cet cette ces que qui quoi quel quelle quels quelles quand où
    comment pourquoi dans en sur au aux par pour avec s'il vous plaît bonjour merci expliquer expliquez peux pouvez`),
  ...list(`el los las una unos unas y o pero es son era ser está están estar he ha han yo mi mis nosotros nuestro usted
    tú tu su sus lo al del en por para con qué quién cuál cuáles cuándo dónde cómo porque favor gracias hola puedes
    puede explica explicar dime`),
  ...list(`il lo gli uno ed è sono era essere ho hai abbiamo hanno io mio mia noi nostro voi vostro lui lei loro che chi
    quale quali quando dove come perché di da nel nella con su per favore grazie ciao puoi spiega spiegami dimmi
    o os as um uma e ou mas é são eu meu minha nós você vocês seu sua no na em por obrigado olá pode explique
    het een en of maar zijn was ik mijn wij ons jij jouw u uw hij zij hun wat wie welke wanneer waar hoe waarom op met
    van voor alsjeblieft bedankt hallo kun`),
]);

/** Words that turn the meaning round. */
export const turningWords: ReadonlySet<string> = new Set(
  list(`not no never none nobody nothing neither nor without cannot except unless nicht kein keine keinen keiner nie
    niemals ohne weder außer pas jamais sans aucun aucune ni nunca ningún ninguno sin jamás non mai senza nessuno não
    nem sem niet geen nooit zonder`),
);

/** Words of most questions: they say something, but less than the subject does. */
export const ordinaryWords: ReadonlySet<string> = new Set(
  list(`best way good make use using used get work works working mean means find see look take put go come keep thing
    things someone something people person time times difference between example examples possible right
    many much more most few lot kind type part
    steps step guide instructions information info details summary overview definition meaning reason reasons
    properly correctly easily own new one write create`),
);
