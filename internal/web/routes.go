package web

import (
	"io/fs"
	"net/http"

	"passerelle/internal/account"
	"passerelle/internal/locale"
)

// A route is an address of the site and the act it is for: the table of
// permissions says who may. The handlers themselves look at whose object it
// is.
type route struct {
	method string
	path   string
	act    account.Act
	handle handler
}

// routes lists the pages. Each is at its French address and, in every other
// language, at the same address behind the language's code.
func (s *site) routes() []route {
	csv, xlsx := s.export(csvType, ".csv", writeCSV), s.export(xlsxType, ".xlsx", writeXLSX)
	return []route{
		{"GET", "/{$}", account.Look, s.home},
		{"GET", "/annuaire", account.Look, s.directory},
		{"GET", "/annuaire.csv", account.Look, csv},
		{"GET", "/annuaire.xlsx", account.Look, xlsx},
		{"GET", "/entreprises/{siret}", account.Look, s.establishment},
		{"GET", "/entreprises/{siret}/photos/{file}", account.Look, s.photoFile},
		{"GET", "/entreprises/{siret}/partenaires", account.Look, s.partners},
		{"POST", "/entreprises/{siret}/partenaires/ecarter", account.OwnFirm, s.as(s.setAside)},
		{"POST", "/entreprises/{siret}/partenaires/reprendre", account.OwnFirm, s.as(s.takeBack)},
		{"GET", "/carte", account.Look, s.wholeMap},
		{"GET", "/metiers", account.Look, s.trades},
		{"GET", "/metiers/{slug}", account.Look, s.trade},
		{"GET", "/territoires", account.Look, s.territories},
		{"GET", "/territoires/{slug}", account.Look, s.territory},
		{"GET", "/groupements", account.Look, s.teams},
		{"GET", "/groupements/nouveau", account.MakeTeam, s.as(s.teamKeepForm)},
		{"POST", "/groupements/nouveau", account.MakeTeam, s.as(s.keepTeam)},
		{"GET", "/groupements/{id}", account.OwnAccount, s.as(s.team)},
		{"POST", "/groupements/{id}/inviter", account.RunTeam, s.as(s.runTeam(s.askTeam))},
		{"POST", "/groupements/{id}/remplacer", account.RunTeam, s.as(s.runTeam(s.replaceTeam))},
		{"POST", "/groupements/{id}/referent", account.RunTeam, s.as(s.runTeam(s.referTeam))},
		{"POST", "/groupements/{id}/retirer", account.RunTeam, s.as(s.runTeam(s.endTeam))},
		{"POST", "/groupements/{id}/reponse", account.OwnAccount, s.as(s.answerTeam)},
		{"GET", "/mon-espace/groupements", account.OwnAccount, s.as(s.ownTeams)},
		{"GET", "/invitation-groupement/{token}", account.Look, s.teamByLink},
		{"POST", "/invitation-groupement/{token}", account.Look, s.answerTeamByLink},
		{"GET", "/a-propos", account.Look, s.text("about/about", "about.title", "about.description")},
		{"GET", "/mentions-legales", account.Look, s.text("about/legal", "legal.title", "legal.description")},
		{"GET", "/accessibilite", account.Look, s.text("about/accessibility", "accessibility.title", "accessibility.description")},
		{"GET", "/donnees", account.Look, s.data},

		{"GET", "/reunions", account.Look, s.meetings},
		{"GET", "/reunions/integrer", account.Look, s.embed},
		{"GET", "/widget/agenda", account.Look, s.widget},
		{"GET", "/widget/reunions/{id}", account.Look, s.widgetMeeting},
		{"POST", "/widget/reunions/{id}", account.Look, s.registerInWidget},
		{"GET", "/borne/{slug}", account.Look, s.kiosk},
		{"GET", "/reunions/{id}", account.Look, s.meeting},
		{"POST", "/reunions/{id}", account.Look, s.registerMeeting},
		{"GET", "/reunions/{id}/compte-rendu", account.Look, s.minutes},
		{"GET", "/reunions/{id}/compte-rendu.pdf", account.Look, s.minutesPaper},
		{"GET", "/reunions/{id}/inscrit", account.Look, s.registered},
		{"GET", "/visites", account.Look, s.visits},
		{"GET", "/visites/{id}", account.Look, s.visit},
		{"POST", "/visites/{id}", account.Look, s.bookVisit},
		{"GET", "/visites/{id}/inscrit", account.Look, s.visitBooked},
		{"GET", "/souhait", account.Look, s.wishForm},
		{"POST", "/souhait", account.Look, s.wish},
		{"GET", "/souhait/{token}", account.Look, s.wished},
		{"POST", "/souhait/{token}", account.Look, s.unwish},
		{"GET", "/retours", account.Look, s.notes},
		{"GET", "/retours/{id}", account.Look, s.note},
		{"GET", "/retours/pdf/{id}", account.Look, s.notePaper},
		{"GET", "/retours/accord/{id}/{token}", account.Look, s.agreeForm},
		{"POST", "/retours/accord/{id}/{token}", account.Look, s.agreeByLink},
		{"GET", "/retours/ecrire/{token}", account.Look, s.writeForm},
		{"POST", "/retours/ecrire/{token}", account.Look, s.write},
		{"GET", "/ma-place/{token}/fiche.pdf", account.Look, s.visitorSheet},
		{"GET", "/ma-place/{token}", account.Look, s.seat},
		{"POST", "/ma-place/{token}", account.Look, s.changeSeat},
		{"GET", "/ma-place/{token}/agenda.ics", account.Look, s.seatCalendar},
		{"GET", "/a-la-porte/{token}", account.Look, s.atDoor},
		{"GET", feedPath + "{file}", account.Look, s.ownFeed},
		{"GET", "/agenda.ics", account.Look, s.calendarFeed},
		{"GET", "/agenda.atom", account.Look, s.atomFeed},

		{"GET", "/connexion", account.SignIn, s.signIn},
		{"POST", "/connexion", account.SignIn, s.askLink},
		{"GET", "/connexion/courriel", account.SignIn, s.linkSent},
		{"GET", "/connexion/lien/{token}", account.SignIn, s.link},
		{"POST", "/connexion/lien/{token}", account.SignIn, s.enter},
		{"GET", "/connexion/fournisseur", account.SignIn, s.identityBegin},
		{"GET", "/connexion/fournisseur/retour", account.SignIn, s.identityReturn},

		{"GET", "/courriels", account.Look, s.mailbox},
		{"GET", "/courriels/{id}", account.Look, s.mailboxMail},

		{"POST", "/deconnexion", account.OwnAccount, s.as(s.leave)},
		{"GET", "/mon-espace", account.OwnAccount, s.as(s.space)},
		{"GET", "/mon-espace/donnees", account.OwnAccount, s.as(s.ownData)},
		{"GET", "/mon-espace/agenda", account.OwnAccount, s.as(s.ownAgenda)},
		{"POST", "/mon-espace/agenda", account.OwnAccount, s.as(s.openOwnAgenda)},
		{"POST", "/mon-espace/agenda/fin", account.OwnAccount, s.as(s.endOwnAgenda)},
		{"GET", "/mon-espace/preferences", account.OwnAccount, s.as(s.preferences)},
		{"POST", "/mon-espace/preferences", account.OwnAccount, s.as(s.choose)},
		{"GET", "/preferences/{token}", account.Look, s.preferencesByLink},
		{"POST", "/preferences/{token}", account.Look, s.chooseByLink},
		{"GET", "/ne-plus-recevoir/{token}", account.Look, s.preferencesByLink},
		{"POST", "/ne-plus-recevoir/{token}", account.Look, s.unsubscribe},
		{"GET", "/mon-espace/donnees.json", account.OwnAccount, s.as(s.takeAway)},
		{"GET", "/mon-espace/donnees/lire", account.OwnAccount, s.as(s.told)},
		{"GET", "/mon-espace/identite", account.OwnAccount, s.as(s.identity)},
		{"POST", "/mon-espace/identite", account.OwnAccount, s.as(s.saveIdentity)},
		{"POST", "/mon-espace/cles/debut", account.OwnAccount, s.as(s.beginKey)},
		{"POST", "/mon-espace/cles", account.OwnAccount, s.as(s.addKey)},
		{"POST", "/mon-espace/cles/{id}/fin", account.OwnAccount, s.as(s.removeKey)},
		{"POST", "/mon-espace/fournisseur", account.OwnAccount, s.as(s.joinIdentity)},
		{"POST", "/mon-espace/fournisseur/fin", account.OwnAccount, s.as(s.removeIdentities)},
		{"POST", "/connexion/cle/debut", account.SignIn, s.beginKeyEntry},
		{"POST", "/connexion/cle", account.SignIn, s.enterByKey},
		{"GET", "/mon-espace/effacer", account.OwnAccount, s.as(s.eraseForm)},
		{"POST", "/mon-espace/effacer", account.OwnAccount, s.as(s.erase)},
		{"GET", "/efface", account.Look, s.erased},
		{"POST", "/mon-espace/sessions/{id}/fin", account.OwnAccount, s.as(s.endSession)},
		{"POST", "/mon-espace/sessions/fin", account.OwnAccount, s.as(s.endSessions)},
		{"GET", "/mon-espace/revendiquer/{siret}", account.ClaimFirm, s.as(s.claimStart)},
		{"POST", "/mon-espace/revendiquer/{siret}", account.ClaimFirm, s.as(s.claimFirm)},
		{"GET", "/mon-espace/revendications/{id}", account.ClaimFirm, s.as(s.claim)},
		{"POST", "/mon-espace/revendications/{id}/code", account.ClaimFirm, s.as(s.claimCode)},
		{"POST", "/mon-espace/revendications/{id}/retrait", account.ClaimFirm, s.as(s.withdrawClaim)},
		{"GET", "/mon-espace/entreprises/{siret}", account.OwnFirm, s.as(s.firmForm)},
		{"POST", "/mon-espace/entreprises/{siret}", account.OwnFirm, s.as(s.saveFirm)},
		{"GET", "/mon-espace/entreprises/{siret}/photos", account.OwnFirm, s.as(s.photos)},
		{"POST", "/mon-espace/entreprises/{siret}/photos", account.OwnFirm, s.as(s.addPhoto)},
		{"POST", "/mon-espace/entreprises/{siret}/photos/{id}/premiere", account.OwnFirm, s.as(s.firstPhoto)},
		{"POST", "/mon-espace/entreprises/{siret}/photos/{id}/retrait", account.OwnFirm, s.as(s.removePhoto)},
		{"GET", "/mon-espace/sans-siret", account.OwnAccount, s.as(s.activityForm)},
		{"POST", "/mon-espace/sans-siret", account.OwnAccount, s.as(s.sayActivity)},
		{"GET", "/mon-espace/sans-siret/{id}", account.OwnAccount, s.as(s.tieForm)},
		{"POST", "/mon-espace/sans-siret/{id}", account.OwnAccount, s.as(s.tieActivity)},
		{"POST", "/mon-espace/sans-siret/{id}/retrait", account.OwnAccount, s.as(s.removeActivity)},
		{"POST", "/animation/sans-siret/{id}/joint", account.ActFor, s.as(s.reachActivity)},
		{"GET", "/mon-espace/entreprises/{siret}/labels", account.OwnFirm, s.as(s.labels)},
		{"POST", "/mon-espace/entreprises/{siret}/labels", account.OwnFirm, s.as(s.sayLabel)},
		{"GET", "/mon-espace/entreprises/{siret}/labels/{id}/preuve", account.OwnFirm, s.as(s.labelProof)},
		{"POST", "/mon-espace/entreprises/{siret}/labels/{id}/retrait", account.OwnFirm, s.as(s.withdrawLabel)},
		{"GET", "/animation/labels/{id}", account.DecideLabels, s.as(s.decideLabel)},
		{"POST", "/animation/labels/{id}/accord", account.DecideLabels, s.as(s.acceptLabel)},
		{"POST", "/animation/labels/{id}/refus", account.DecideLabels, s.as(s.refuseLabel)},
		{"GET", "/mon-espace/entreprises/{siret}/equipe", account.HoldFirm, s.as(s.inviteForm)},
		{"POST", "/mon-espace/entreprises/{siret}/equipe", account.HoldFirm, s.as(s.invite)},
		{"POST", "/mon-espace/entreprises/{siret}/confirmer", account.OwnFirm, s.as(s.confirmFirm)},
		{"POST", "/mon-espace/entreprises/{siret}/retrait", account.HoldFirm, s.as(s.hideFirm)},
		{"POST", "/mon-espace/entreprises/{siret}/retour", account.HoldFirm, s.as(s.unhideFirm)},
		{"POST", "/mon-espace/entreprises/{siret}/quitter", account.OwnAccount, s.as(s.leaveFirm)},

		{"GET", needsPath, account.Look, s.needs},
		{"GET", needsPath + ".csv", account.Look, s.needsFile(csvType, ".csv", writeCSV)},
		{"GET", needsPath + ".xlsx", account.Look, s.needsFile(xlsxType, ".xlsx", writeXLSX)},
		{"GET", needsPath + "/nouvelle", account.PostNeed, s.as(s.newNeed)},
		{"POST", needsPath, account.PostNeed, s.as(s.postNeed)},
		{"GET", needsPath + "/{id}", account.Look, s.need},
		{"GET", needsPath + "/{id}/modifier", account.PostNeed, s.as(s.editNeed)},
		{"POST", needsPath + "/{id}/modifier", account.PostNeed, s.as(s.changeNeed)},
		{"POST", needsPath + "/{id}/fin", account.PostNeed, s.as(s.onNeed("", s.closeNeed))},
		{"POST", needsPath + "/{id}/choix", account.PostNeed, s.as(s.onNeed("choix", s.chooseAnswer))},
		{"POST", needsPath + "/{id}/suite", account.PostNeed, s.as(s.onNeed("suite", s.sayOutcome))},
		{"POST", needsPath + "/{id}/reponse", account.PostNeed, s.as(s.answerQuestion)},
		{"POST", needsPath + "/{id}/interet", account.AnswerNeed, s.as(s.interested)},
		{"POST", needsPath + "/{id}/question", account.AnswerNeed, s.as(s.askNeed)},
		{"POST", needsPath + "/{id}/retrait", account.AnswerNeed, s.as(s.leaveNeed)},
		{"GET", needsPath + "/{id}/lien/{token}", account.Look, s.needByLink},
		{"POST", needsPath + "/{id}/lien/{token}", account.Look, s.answerNeedByLink},
		{"GET", needsPath + "/{id}/suite/{token}", account.Look, s.outcomeForm},
		{"POST", needsPath + "/{id}/suite/{token}", account.Look, s.outcomeByLink},
		{"POST", needsPath + "/{id}/accord", account.ModerateNeeds, s.as(s.releaseNeed)},
		{"POST", needsPath + "/{id}/refus", account.ModerateNeeds, s.as(s.refuseNeed)},
		{"GET", needsPath + "/{id}/achat", account.Look, s.pool},
		{"POST", needsPath + "/{id}/achat", account.PostNeed, s.as(s.asAuthor(s.openPool))},
		{"POST", needsPath + "/{id}/achat/part", account.AnswerNeed, s.as(s.joinPool)},
		{"POST", needsPath + "/{id}/achat/devis", account.PostNeed, s.as(s.asAuthor(s.addPoolOffer))},
		{"POST", needsPath + "/{id}/achat/groupe", account.PostNeed, s.as(s.asAuthor(s.formPool))},
		{"POST", needsPath + "/{id}/achat/suite", account.PostNeed, s.as(s.asAuthor(s.continuePool))},
		{"GET", needsPath + "/{id}/achat/charte", account.AnswerNeed, s.as(s.charter)},
		{"POST", needsPath + "/{id}/appel", account.ModerateNeeds, s.as(s.calledNeed)},
		{"GET", "/mon-espace/annonces", account.PostNeed, s.as(s.ownNeeds)},
		{"POST", "/mon-espace/recherches", account.OwnAccount, s.as(s.saveSearch)},
		{"GET", "/recherches/{token}", account.Look, s.savedSearch},
		{"POST", "/recherches/{token}", account.Look, s.endSearch},

		{"GET", "/mon-espace/entreprises/{siret}/visites", account.HostVisits, s.as(s.hostVisits)},
		{"GET", "/mon-espace/entreprises/{siret}/visites/nouvelle", account.HostVisits, s.as(s.newOffer)},
		{"POST", "/mon-espace/entreprises/{siret}/visites/nouvelle", account.HostVisits, s.as(s.addOffer)},
		{"GET", "/mon-espace/entreprises/{siret}/visites/{id}", account.HostVisits, s.as(s.hostOffer)},
		{"POST", "/mon-espace/entreprises/{siret}/visites/{id}", account.HostVisits, s.as(s.changeOffer)},
		{"POST", "/mon-espace/entreprises/{siret}/visites/{id}/dates", account.HostVisits, s.as(s.openSlots)},
		{"POST", "/mon-espace/entreprises/{siret}/visites/{id}/fin", account.HostVisits, s.as(s.closeOffer)},
		{"GET", "/mon-espace/entreprises/{siret}/creneaux/{id}", account.HostVisits, s.as(s.slot)},
		{"POST", "/mon-espace/entreprises/{siret}/creneaux/{id}", account.HostVisits, s.as(s.changeSlot)},
		{"GET", "/mon-espace/entreprises/{siret}/creneaux/{id}/fiche.pdf", account.HostVisits, s.as(s.hostSheet)},
		{"GET", "/mon-espace/entreprises/{siret}/creneaux/{id}/pointage", account.HostVisits, s.as(s.slotDoor)},
		{"POST", "/mon-espace/entreprises/{siret}/creneaux/{id}/pointage", account.HostVisits, s.as(s.slotMark)},
		{"POST", "/mon-espace/entreprises/{siret}/creneaux/{id}/pointage/marques", account.HostVisits, s.as(s.slotMarks)},
		{"POST", "/mon-espace/entreprises/{siret}/creneaux/{id}/pointage/arrivee", account.HostVisits, s.as(s.slotCome)},
		{"POST", "/mon-espace/entreprises/{siret}/creneaux/{id}/pointage/fin", account.HostVisits, s.as(s.closeSlotDoor)},
		{"GET", demandPath, account.ActFor, s.as(s.demand)},
		{"POST", demandPath + "/{id}/fin", account.ActFor, s.as(s.closeWish)},
		{"GET", "/exploitation", account.RunHouse, s.as(s.operation)},
		{"GET", "/exploitation/journal", account.RunHouse, s.as(s.record)},
		{"GET", "/exploitation/journal.csv", account.RunHouse, s.as(s.recordFile(csvType, ".csv", writeCSV))},
		{"GET", "/exploitation/journal.xlsx", account.RunHouse, s.as(s.recordFile(xlsxType, ".xlsx", writeXLSX))},
		{"GET", "/animation", account.DecideClaims, s.as(s.facilitation)},
		{"GET", plansPath, account.PlanMeetings, s.as(s.plans)},
		{"POST", plansPath, account.PlanMeetings, s.as(s.savePlan)},
		{"GET", plansPath + ".csv", account.PlanMeetings, s.as(s.plansFile(csvType, ".csv", writeCSV))},
		{"GET", plansPath + ".xlsx", account.PlanMeetings, s.as(s.plansFile(xlsxType, ".xlsx", writeXLSX))},
		{"GET", plansPath + "/modele.csv", account.PlanMeetings, s.as(s.plansModel(csvType, ".csv", writeCSV))},
		{"GET", plansPath + "/modele.xlsx", account.PlanMeetings, s.as(s.plansModel(xlsxType, ".xlsx", writeXLSX))},
		{"GET", bringPath, account.PlanMeetings, s.as(s.bringForm)},
		{"POST", bringPath, account.PlanMeetings, s.as(s.lookAtBring)},
		{"POST", bringPath + bringEnd, account.PlanMeetings, s.as(s.takeBring)},
		{"GET", plansPath + "/nouvelles", account.PlanMeetings, s.as(s.planForm)},
		{"GET", plansPath + "/{id}", account.PlanMeetings, s.as(s.meetingDesk)},
		{"GET", plansPath + "/{id}" + invitesEnd, account.PlanMeetings, s.as(s.invites)},
		{"POST", plansPath + "/{id}" + invitesEnd, account.PlanMeetings, s.as(s.sendInvites)},
		{"POST", plansPath + "/{id}" + invitesEnd + "/relance", account.PlanMeetings, s.as(s.chaseInvites)},
		{"GET", plansPath + "/{id}" + invitesEnd + "/lettres.pdf", account.PlanMeetings, s.as(s.inviteLetters)},
		{"GET", plansPath + "/{id}" + invitesEnd + "/etiquettes.pdf", account.PlanMeetings, s.as(s.inviteLabels)},
		{"GET", plansPath + "/{id}" + invitesEnd + "/telephones.csv", account.PlanMeetings, s.as(s.invitePhones)},
		{"GET", "/avis/{token}", account.Look, s.opinion},
		{"POST", "/avis/{token}", account.Look, s.sayOpinion},
		{"GET", "/invitation-reunion/{token}", account.Look, s.invited},
		{"POST", "/invitation-reunion/{token}", account.Look, s.answerInvitation},
		{"GET", plansPath + "/{id}/modifier", account.PlanMeetings, s.as(s.changePlanForm)},
		{"POST", plansPath + "/{id}/modifier", account.PlanMeetings, s.as(s.changePlan)},
		{"POST", plansPath + "/{id}/publier", account.PlanMeetings, s.as(s.publishMeeting)},
		{"POST", plansPath + "/{id}/annuler", account.PlanMeetings, s.as(s.callOffMeeting)},
		{"POST", plansPath + "/{id}/retablir", account.PlanMeetings, s.as(s.reinstateMeeting)},
		{"POST", plansPath + "/{id}/lien", account.PlanMeetings, s.as(s.renewHelper)},
		{"POST", plansPath + "/{id}/inscriptions", account.PlanMeetings, s.as(s.addGuest)},
		{"POST", plansPath + "/{id}/rendre", account.PlanMeetings, s.as(s.removeGuest)},
		{"GET", plansPath + "/{id}/inscrits.csv", account.PlanMeetings, s.as(s.guestsFile(csvType, ".csv", writeCSV))},
		{"GET", plansPath + "/{id}/inscrits.xlsx", account.PlanMeetings, s.as(s.guestsFile(xlsxType, ".xlsx", writeXLSX))},
		{"GET", plansPath + "/{id}/emargement.pdf", account.PlanMeetings, s.as(s.attendanceSheet)},
		{"GET", plansPath + "/{id}/compte-rendu", account.PlanMeetings, s.as(s.minutesDesk)},
		{"POST", plansPath + "/{id}/compte-rendu", account.PlanMeetings, s.as(s.writeMinutes)},
		{"POST", plansPath + "/{id}/compte-rendu/publier", account.PlanMeetings, s.as(s.publishMinutes)},
		{"GET", plansPath + "/{id}/badges.pdf", account.PlanMeetings, s.as(s.badges)},
		{"GET", plansPath + "/{id}/paires", account.PlanMeetings, s.as(s.coffee)},
		{"GET", plansPath + "/{id}/pistes", account.PlanMeetings, s.as(s.caught)},
		{"POST", plansPath + "/{id}/pistes", account.PlanMeetings, s.as(s.catchLead)},
		{"GET", plansPath + "/{id}/pointage", account.PlanMeetings, s.as(s.door)},
		{"POST", plansPath + "/{id}/pointage", account.PlanMeetings, s.as(s.mark)},
		{"POST", plansPath + "/{id}/pointage/marques", account.PlanMeetings, s.as(s.sentMarks)},
		{"POST", plansPath + "/{id}/pointage/arrivee", account.PlanMeetings, s.as(s.come)},
		{"POST", plansPath + "/{id}/pointage/fin", account.PlanMeetings, s.as(s.closeDoor)},
		{"GET", "/accueil/{token}", account.Look, s.helperDoor},
		{"POST", "/accueil/{token}", account.Look, s.helperMark},
		{"GET", "/animation/paires", account.ActFor, s.as(s.pairs)},
		{"GET", "/animation/paires.csv", account.ActFor, s.as(s.pairsFile(csvType, ".csv", writeCSV))},
		{"GET", "/animation/paires.xlsx", account.ActFor, s.as(s.pairsFile(xlsxType, ".xlsx", writeXLSX))},
		{"POST", "/accueil/{token}/marques", account.Look, s.helperMarks},
		{"POST", "/accueil/{token}/arrivee", account.Look, s.helperCome},
		{"GET", "/animation/contacts", account.KeepContacts, s.as(s.contacts)},
		{"GET", "/animation/contacts.csv", account.KeepContacts, s.as(s.contactsFile(csvType, ".csv", writeCSV))},
		{"GET", "/animation/contacts.xlsx", account.KeepContacts, s.as(s.contactsFile(xlsxType, ".xlsx", writeXLSX))},
		{"GET", "/animation/contacts/nouveau", account.KeepContacts, s.as(s.newContact)},
		{"POST", "/animation/contacts", account.KeepContacts, s.as(s.saveContact)},
		{"GET", "/animation/contacts/{id}", account.KeepContacts, s.as(s.contact)},
		{"POST", "/animation/contacts/{id}", account.KeepContacts, s.as(s.saveContact)},
		{"POST", "/animation/contacts/{id}/oubli", account.KeepContacts, s.as(s.forgetContact)},
		{"GET", filesPath + "/nouveau", account.KeepContacts, s.as(s.fileForm)},
		{"POST", filesPath, account.KeepContacts, s.as(s.takeFile)},
		{"GET", filesPath + "/{id}", account.KeepContacts, s.as(s.file)},
		{"POST", filesPath + "/{id}/colonnes", account.KeepContacts, s.as(s.arrangeFile)},
		{"POST", filesPath + "/{id}/appliquer", account.KeepContacts, s.as(s.applyFile)},
		{"POST", filesPath + "/{id}/abandon", account.KeepContacts, s.as(s.dropFile)},
		{"GET", "/mises-en-relation/nouvelle", account.Cooperate, s.as(s.introduceForm)},
		{"POST", "/mises-en-relation", account.Cooperate, s.as(s.introduce)},
		{"GET", "/mises-en-relation/{id}", account.Cooperate, s.as(s.introduction)},
		{"POST", "/mises-en-relation/{id}", account.Cooperate, s.as(s.actOnIntroduction)},
		{"GET", "/mises-en-relation/{id}/lien/{token}", account.Look, s.introductionByLink},
		{"POST", "/mises-en-relation/{id}/lien/{token}", account.Look, s.actByLink},
		{"GET", "/pistes", account.KeepLeads, s.as(s.leads)},
		{"GET", "/pistes.csv", account.KeepLeads, s.as(s.leadsFile(csvType, ".csv", writeCSV))},
		{"GET", "/pistes.xlsx", account.KeepLeads, s.as(s.leadsFile(xlsxType, ".xlsx", writeXLSX))},
		{"GET", "/pistes/nouvelle", account.KeepLeads, s.as(s.newLead)},
		{"POST", "/pistes", account.KeepLeads, s.as(s.saveLead)},
		{"POST", "/pistes/confier", account.KeepLeads, s.as(s.handOver)},
		{"GET", "/pistes/{id}", account.KeepLeads, s.as(s.lead)},
		{"POST", "/pistes/{id}", account.KeepLeads, s.as(s.saveLead)},
		{"POST", "/pistes/{id}/abandon", account.KeepLeads, s.as(s.dropLead)},
		{"POST", "/pistes/{id}/paroles", account.KeepLeads, s.as(s.say)},
		{"POST", "/pistes/{id}/paroles/{parole}", account.KeepLeads, s.as(s.reword)},
		{"POST", "/pistes/{id}/demander", account.KeepLeads, s.as(s.askLead)},
		{"POST", "/pistes/{id}" + documentsEnd, account.KeepLeads, s.as(s.addDocument)},
		{"GET", "/pistes/{id}" + documentsEnd + "/{file}", account.KeepLeads, s.as(s.document)},
		{"POST", "/pistes/{id}" + documentsEnd + "/{file}/retrait", account.KeepLeads, s.as(s.removeDocument)},
		{"GET", "/pistes/{id}/nouvelles/{token}", account.Look, s.standForm},
		{"POST", "/pistes/{id}/nouvelles/{token}", account.Look, s.stand},
		{"GET", "/pistes/{id}/cooperation", account.KeepLeads, s.as(s.declareForm)},
		{"POST", "/pistes/{id}/cooperation", account.KeepLeads, s.as(s.declare)},
		{"GET", "/cooperations/{id}", account.Cooperate, s.as(s.cooperation)},
		{"POST", "/cooperations/{id}", account.Cooperate, s.as(s.answerCooperation)},
		{"GET", "/cooperations/{id}/retour", account.OwnAccount, s.as(s.coopWriteForm)},
		{"POST", "/cooperations/{id}/retour", account.OwnAccount, s.as(s.coopWrite)},
		{"POST", "/cooperations/{id}/retours/{retour}", account.OwnAccount, s.as(s.agree)},
		{"GET", "/cooperations/{id}/lien/{token}/retour", account.Look, byLink(s.coopWriteForm)},
		{"POST", "/cooperations/{id}/lien/{token}/retour", account.Look, byLink(s.coopWrite)},
		{"GET", "/cooperations/{id}/lien/{token}", account.Look, s.cooperationByLink},
		{"POST", "/cooperations/{id}/lien/{token}", account.Look, s.answerByLink},
		{"GET", "/fiche/{siret}/confirmer/{token}", account.Look, s.confirmByLink},
		{"POST", "/fiche/{siret}/confirmer/{token}", account.Look, s.confirmNow},
		{"GET", "/contact/{token}", account.Look, s.objectionForm},
		{"POST", "/contact/{token}", account.Look, s.object},
		{"POST", "/animation/entreprises/{siret}/vu", account.ActFor, s.as(s.seeDeserted)},
		{"POST", "/animation/personnes/{id}/joint", account.ActFor, s.as(s.reached)},
		{"GET", "/animation/revendications/{id}", account.DecideClaims, s.as(s.decide)},
		{"POST", "/animation/revendications/{id}/lettre", account.DecideClaims, s.as(s.claimLetter)},
		{"POST", "/animation/revendications/{id}/lettre.pdf", account.DecideClaims, s.as(s.claimPaper)},
		{"POST", "/animation/revendications/{id}/accord", account.DecideClaims, s.as(s.approveClaim)},
		{"POST", "/animation/revendications/{id}/refus", account.DecideClaims, s.as(s.refuseClaim)},
	}
}

// pages hangs the pages on mux, and what belongs to them.
func (s *Server) pages(mux *http.ServeMux) error {
	p, err := newSite(s)
	if err != nil {
		return err
	}
	s.errorPage = p.errorPage
	for _, r := range p.routes() {
		p.hang(mux, r)
	}
	files, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return err
	}
	for path, h := range p.bare(files) {
		mux.Handle("GET "+path, s.handle(h))
	}
	return nil
}

// bare are the addresses that are the same in every language, for whom no
// table is asked.
func (s *site) bare(files fs.FS) map[string]handler {
	return map[string]handler{
		"/robots.txt": s.robots, "/site.webmanifest": s.webmanifest, "/favicon.ico": s.favicon,
		"/maison/couleurs.css": s.colours, "/maison/logo/{n}": s.logo,
		"/sitemap.xml": s.sitemap, "/sitemap/{part}": s.sitemapPart,
		"/carte/communes.json": s.communeShapes, "/assets/": s.asset(files), "/porte.js": s.doorWorker(files),
	}
}

// newSite reads what the pages are made from.
func newSite(s *Server) (*site, error) {
	a, err := loadAssets(assetFiles)
	if err != nil {
		return nil, err
	}
	t, err := loadTemplates(s.config.Catalogues, a)
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return &site{Server: s, assets: a, templates: t, outlines: newOutlines(s.config.Places)}, nil
}

// hang puts a route at its address in every language, behind the table of
// permissions.
func (s *site) hang(mux *http.ServeMux, r route) {
	h := s.handle(s.permitted(r))
	codes := locale.Codes()
	mux.Handle(r.method+" "+r.path, h)
	for _, code := range codes[1:] {
		if r.path == "/{$}" {
			mux.Handle(r.method+" /"+code, h)
			mux.Handle(r.method+" /"+code+"/{$}", h)
			continue
		}
		mux.Handle(r.method+" /"+code+r.path, h)
	}
}

// asset serves a built file, which never changes under its name.
func (s *site) asset(files fs.FS) handler {
	server := http.StripPrefix("/assets/", http.FileServerFS(files))
	known := make(map[string]bool)
	for _, file := range s.assets {
		known[file] = true
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if !known[r.URL.Path[len("/assets/"):]] {
			if _, err := fs.Stat(files, r.URL.Path[len("/assets/"):]); err != nil || r.URL.Path == "/assets/" {
				return errNoRoute
			}
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		server.ServeHTTP(w, r)
		return nil
	}
}
