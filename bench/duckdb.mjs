// The join of the two stock files by DuckDB: node duckdb.mjs UNITS ESTABLISHMENTS OUT.tsv [THREADS]
// The files are .csv or .parquet; the question is that of `bench join`. With a
// département as fifth word it is the product's own: every column it needs, of
// all establishments of the département, open or closed.
import { DuckDBInstance } from "@duckdb/node-api";

const [units, establishments, out, threads = "2", department] = process.argv.slice(2);
const source = (file) =>
  file.endsWith(".parquet") ? `read_parquet('${file}')` : `read_csv('${file}', header = true, all_varchar = true)`;
const db = await DuckDBInstance.create(":memory:");
const c = await db.connect();
await c.run(`SET threads = ${threads}`);
await c.run("SET preserve_insertion_order = false");
const start = Date.now();
if (department) {
  await c.run(`COPY (
    SELECT e.siret, e.etatAdministratifEtablissement, e.codeCommuneEtablissement, e.statutDiffusionEtablissement, e.dateCreationEtablissement,
      e.trancheEffectifsEtablissement, e.activitePrincipaleRegistreMetiersEtablissement, e.etablissementSiege, e.complementAdresseEtablissement,
      e.numeroVoieEtablissement, e.indiceRepetitionEtablissement, e.typeVoieEtablissement, e.libelleVoieEtablissement, e.codePostalEtablissement,
      e.libelleCommuneEtablissement, e.codePaysEtrangerEtablissement, e.coordonneeLambertAbscisseEtablissement, e.coordonneeLambertOrdonneeEtablissement,
      e.dateDebut, e.enseigne1Etablissement, e.enseigne2Etablissement, e.enseigne3Etablissement, e.denominationUsuelleEtablissement,
      e.activitePrincipaleEtablissement, e.nomenclatureActivitePrincipaleEtablissement, e.caractereEmployeurEtablissement,
      u.statutDiffusionUniteLegale, u.etatAdministratifUniteLegale, u.dateCreationUniteLegale, u.sigleUniteLegale, u.prenom1UniteLegale,
      u.prenomUsuelUniteLegale, u.nomUniteLegale, u.nomUsageUniteLegale, u.denominationUniteLegale, u.denominationUsuelle1UniteLegale,
      u.denominationUsuelle2UniteLegale, u.denominationUsuelle3UniteLegale, u.identifiantAssociationUniteLegale, u.trancheEffectifsUniteLegale,
      u.categorieJuridiqueUniteLegale, u.activitePrincipaleUniteLegale, u.nomenclatureActivitePrincipaleUniteLegale, u.nicSiegeUniteLegale,
      u.economieSocialeSolidaireUniteLegale, u.societeMissionUniteLegale
    FROM ${source(establishments)} e JOIN ${source(units)} u USING (siren)
    WHERE e.codeCommuneEtablissement LIKE '${department}%'
  ) TO '${out}' (DELIMITER '\t', HEADER false)`);
} else await c.run(`COPY (
  SELECT e.siret, e.siren,
    coalesce(nullif(u.denominationUniteLegale, ''), concat(u.prenom1UniteLegale, ' ', u.nomUniteLegale)),
    e.enseigne1Etablissement, e.activitePrincipaleEtablissement, e.activitePrincipaleRegistreMetiersEtablissement,
    u.economieSocialeSolidaireUniteLegale, e.codeCommuneEtablissement, e.codePostalEtablissement,
    e.coordonneeLambertAbscisseEtablissement, e.coordonneeLambertOrdonneeEtablissement, e.trancheEffectifsEtablissement
  FROM ${source(establishments)} e JOIN ${source(units)} u USING (siren)
  WHERE e.etatAdministratifEtablissement = 'A' AND u.etatAdministratifUniteLegale = 'A'
    AND (coalesce(e.activitePrincipaleRegistreMetiersEtablissement, '') <> '' OR u.economieSocialeSolidaireUniteLegale = 'O')
) TO '${out}' (DELIMITER '\t', HEADER false)`);
console.log(`duckdb, ${threads} threads: ${(Date.now() - start) / 1000} s`);
process.exit(0);
