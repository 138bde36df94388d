"""The names of official numbers that a policy may name, and where Presidio keeps their recognisers.

Apart from `scrub.official`, so that a policy is checked without Presidio, which takes seconds to load.
"""

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from errors import UsageError
from scrub.languages import LANGUAGES

PRESIDIO_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        entity: f"{name}Recognizer"
        for entity, _, name in (
            pair.partition(":")
            for pair in (
                "ABA_ROUTING_NUMBER:AbaRouting AU_ABN:AuAbn AU_ACN:AuAcn AU_MEDICARE:AuMedicare AU_TFN:AuTfn "
                "CA_POSTAL_CODE:CaPostalCode CA_SIN:CaSin DE_BSNR:DeBsnr DE_FUEHRERSCHEIN:DeFuehrerschein "
                "DE_HANDELSREGISTER:DeHandelsregister DE_HEALTH_INSURANCE:DeHealthInsurance DE_ID_CARD:DeIdCard "
                "DE_KFZ:DeKfz "
                "DE_LANR:DeLanr DE_PASSPORT:DePassport DE_PLZ:DePlz DE_SOCIAL_SECURITY:DeSocialSecurity "
                "DE_TAX_ID:DeTaxId "
                "DE_TAX_NUMBER:DeTaxNumber DE_VAT_ID:DeVatId ES_NIE:EsNie ES_NIF:EsNif ES_PASSPORT:EsPassport "
                "FI_PERSONAL_IDENTITY_CODE:FiPersonalIdentityCode IN_AADHAAR:InAadhaar IN_GSTIN:InGstin IN_PAN:InPan "
                "IN_PASSPORT:InPassport IN_VEHICLE_REGISTRATION:InVehicleRegistration IN_VOTER:InVoter "
                "IT_DRIVER_LICENSE:ItDriverLicense IT_FISCAL_CODE:ItFiscalCode IT_IDENTITY_CARD:ItIdentityCard "
                "IT_PASSPORT:ItPassport IT_VAT_CODE:ItVatCode KR_BRN:KrBrn KR_DRIVER_LICENSE:KrDriverLicense "
                "KR_FRN:KrFrn "
                "KR_PASSPORT:KrPassport KR_RRN:KrRrn MEDICAL_LICENSE:MedicalLicense NG_NIN:NgNin "
                "NG_VEHICLE_REGISTRATION:NgVehicleRegistration PH_PASSPORT:PhPassport PH_TIN:PhTin PH_UMID:PhUmid "
                "PL_PESEL:PlPesel SE_ORGANISATIONSNUMMER:SeOrganisationsnummer SE_PERSONNUMMER:SePersonnummer "
                "SG_NRIC_FIN:SgFin "
                "SG_UEN:SgUen TH_TNIN:ThTnin TR_LICENSE_PLATE:TrLicensePlate TR_NATIONAL_ID:TrNationalId "
                "UK_DRIVING_LICENCE:UkDrivingLicence UK_NHS:Nhs UK_NINO:UkNino UK_PASSPORT:UkPassport "
                "UK_POSTCODE:UkPostcode "
                "UK_VEHICLE_REGISTRATION:UkVehicleRegistration US_BANK_NUMBER:UsBank US_CLAIM_NUMBER:UsClaimNumber "
                "US_DRIVER_LICENSE:UsLicense US_HEALTH_INSURANCE_MEMBER_ID:UsHealthInsuranceMemberId "
                "US_ITIN:UsItin US_MBI:UsMbi "
                "US_NPI:UsNpi US_PASSPORT:UsPassport US_PRESCRIPTION_NUMBER:UsPrescriptionNumber "
                "US_PRIOR_AUTHORIZATION_NUMBER:UsPriorAuthorizationNumber US_PROVIDER_TAX_ID:UsProviderTaxId "
                "US_REFERRAL_NUMBER:UsReferralNumber ZA_COMPANY_REGISTRATION:ZaCompanyRegistration "
                "ZA_DRIVER_LICENSE:ZaDriverLicense ZA_ID_NUMBER:ZaIdNumber ZA_INCOME_TAX_NUMBER:ZaIncomeTaxNumber "
                "ZA_LICENSE_PLATE:ZaLicensePlate ZA_PASSPORT:ZaPassport "
                "ZA_TRAFFIC_REGISTER_NUMBER:ZaTrafficRegisterNumber "
                "ZA_VAT_NUMBER:ZaVatNumber "
            ).split()
        )
    }
)
"""Entity to the name of its class, of those that are an expression with a check."""

OURS = frozenset(
    {
        "FR_NIR", "FR_PASSPORT", "FR_ID_CARD", "FR_DRIVER_LICENSE", "NL_BSN", "NL_PASSPORT", "NL_DRIVER_LICENSE",
        "IT_FISCAL_CODE", "DE_ID_CARD", "DE_PASSPORT", "DE_FUEHRERSCHEIN", "DE_SOCIAL_SECURITY",
        "ES_PASSPORT",
    }
)  # fmt: skip
"""Those of them that Presidio names too are read by rules of ours all the same."""
WITHOUT_CUE = frozenset({"IT_FISCAL_CODE"})
"""Form and check leave so little to chance that no word has to say it."""
ALWAYS = frozenset(
    {
        "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "MAC_ADDRESS", "CRYPTO",
        "PERSON", "ADDRESS", "DATE_OF_BIRTH", "BANK_ACCOUNT", "ID_NUMBER", "SECRET",
    }
)  # fmt: skip
"""Looked for by rules of their own, whatever the policy names."""
OFFICIAL = frozenset(PRESIDIO_CLASSES) | OURS


def checked_recognisers(said: Iterable[str]) -> tuple[str, ...]:
    """The official numbers of those named, in one order. Raises `UsageError` for a name that nothing has."""
    for name in said:
        if name not in OFFICIAL | ALWAYS:
            near = difflib.get_close_matches(name.upper(), OFFICIAL | ALWAYS, n=1)
            raise UsageError(f"scrub.recognisers: {name} is unknown{f'; do you mean {near[0]}?' if near else ''}")
    return tuple(sorted(set(said) & OFFICIAL))


def of_languages(codes: Iterable[str]) -> tuple[str, ...]:
    """The official numbers that are looked for where a policy names languages alone."""
    return tuple(sorted({entity for code in codes for entity in LANGUAGES[code].official}))
